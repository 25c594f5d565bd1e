#include "media/upload/publisher.h"

#include <fcntl.h>

#include <chrono>
#include <utility>

#include "core/core.h"
#include "core/io/fsync.h"
#include "core/io/open_at.h"
#include "core/io/rename.h"
#include "core/log.h"

namespace millrace::media::upload {
namespace {

using core::Core;
using core::Result;
using core::Task;

Task<Result<>> sync(const std::string& path, int flags) {
  core::Ring& ring = Core::current().ring();
  const Result<core::UniqueFd> fd = co_await core::io::OpenAt(ring, path, flags);
  if (!fd) co_return std::unexpected(fd.error());
  co_return co_await core::io::Fsync(ring, fd->get());
}

}  // namespace

Task<Accepted<core::Snapshot<catalogue::VideoRecord>>> Publisher::publish(
    const catalogue::UploadRecord& record, PartStatus part) {
  if (part.state == PartState::kReceiving) {
    const Result<> named = co_await give_final_name(record.id);
    if (!named) co_return refuse(named.error());
  }
  UploadLedger& ledger = ledger_;
  const auto now =
      std::chrono::floor<std::chrono::milliseconds>(Core::current().clock().unix_now());
  auto change = flatten<catalogue::VideoChange>(
      co_await control_.run([&] { return ledger.complete(record, part.size, now); }));
  if (!change) co_return std::unexpected(change.error());
  core::Snapshot<catalogue::VideoRecord> video = change->video;
  metrics_.accepted.add();
  core::log::event(core::log::Level::kInfo, "upload.accepted",
                   {{"video", video->id}, {"size", video->size}});
  co_await accepted_.show(accepted_.self, std::move(*change));
  co_return video;
}

Task<Result<>> Publisher::give_final_name(const std::string& id) {
  const Result<> synced = co_await sync(store_.part(id), O_RDONLY);
  if (!synced) co_return synced;
  const Result<> renamed =
      co_await core::io::Rename(Core::current().ring(), store_.part(id), store_.original(id));
  if (!renamed) co_return renamed;
  co_return co_await sync(store_.folder(id), O_RDONLY | O_DIRECTORY);
}

}  // namespace millrace::media::upload
