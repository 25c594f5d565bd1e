#include "media/upload/uploads.h"

#include <chrono>
#include <utility>

#include "core/core.h"
#include "core/io/sleep.h"
#include "core/io/unlink.h"
#include "core/log.h"

namespace millrace::media::upload {
namespace {

using catalogue::UploadRecord;
using catalogue::UploadState;
using core::Core;
using core::Task;
using Video = core::Snapshot<catalogue::VideoRecord>;

constexpr std::chrono::minutes kExpiryInterval{1};

}  // namespace

Uploads::Uploads(const Parts& parts)
    : control_(parts.control),
      store_(parts.store),
      accepted_(parts.accepted),
      metrics_(parts.metrics),
      ledger_(parts.catalogue, parts.store, parts.limits),
      leases_(parts.home),
      receiver_(parts.control, ledger_, parts.store, metrics_),
      publisher_(parts.control, ledger_, parts.store, parts.accepted, metrics_) {}

catalogue::Timestamp Uploads::now() const {
  return std::chrono::floor<std::chrono::milliseconds>(Core::current().clock().unix_now());
}

/// Runs `verb`, which returns a Task<Accepted<T>>, while nobody else writes to the upload.
template <class T, class Verb>
Task<Accepted<T>> Uploads::with_lease(std::string id, core::Cancellation& cancellation,
                                      OnHeld on_held, Verb verb) {
  auto lease = co_await leases_.acquire(std::move(id), cancellation, on_held);
  if (!lease) {
    if (lease.error().code != core::ErrorCode::kConflict) co_return refuse(lease.error());
    co_return refuse(423, lease.error().what);
  }
  Accepted<T> outcome = co_await verb();
  co_await leases_.release(std::move(*lease));
  co_return outcome;
}

Task<Accepted<UploadProgress>> Uploads::create(NewUpload upload) {
  auto record = flatten<UploadRecord>(
      co_await control_.run([this, &upload, at = now()] { return ledger_.create(upload, at); }));
  if (!record) co_return std::unexpected(record.error());
  co_return UploadProgress{.record = std::move(*record), .offset = 0};
}

Task<Accepted<UploadProgress>> Uploads::create_with_body(http::Request& request, NewUpload upload,
                                                         std::optional<Checksum> checksum) {
  const auto created = co_await create(std::move(upload));
  if (!created) co_return created;
  const std::string id = created->record.id;
  Append first{.offset = 0,
               .length = {},
               .content_length = request.content_length(),
               .checksum = std::move(checksum)};
  auto progress = co_await append(request, id, std::move(first));
  if (progress) co_return progress;
  // The client never learned the address, so nobody can continue this.
  static_cast<void>(co_await terminate(id));
  co_return std::unexpected(progress.error());
}

Task<Accepted<UploadProgress>> Uploads::append(http::Request& request, std::string id,
                                               Append append) {
  co_return co_await with_lease<UploadProgress>(
      id, request.cancellation(), OnHeld::kEndHolder,
      [&] { return append_leased(request, id, std::move(append)); });
}

Task<Accepted<UploadProgress>> Uploads::append_leased(http::Request& request, std::string id,
                                                      Append append) {
  auto opened = flatten<OpenedUpload>(co_await control_.run(
      [this, &id, &append, at = now()] { return ledger_.open(id, append, at); }));
  if (!opened) co_return std::unexpected(opened.error());
  UploadStatus& status = opened->status;
  if (opened->plan.body_size_max > 0) {
    Delivery delivery{.id = id,
                      .offset = opened->plan.offset,
                      .size_max = opened->plan.body_size_max,
                      .checksum = std::move(append.checksum)};
    const auto size = co_await receiver_.receive(request, delivery);
    if (!size) co_return std::unexpected(size.error());
    status.part.size = *size;
  }
  co_return co_await publish_if_whole(std::move(status));
}

Task<Accepted<UploadProgress>> Uploads::publish_if_whole(UploadStatus status) {
  UploadProgress progress{.record = std::move(status.record), .offset = status.part.size};
  const bool whole = progress.record.length == status.part.size;
  if (whole && progress.record.state == UploadState::kReceiving) {
    const auto video = co_await publisher_.publish(progress.record, status.part);
    if (!video) co_return std::unexpected(video.error());
    progress.record.state = UploadState::kComplete;
  }
  co_return progress;
}

Task<Accepted<UploadProgress>> Uploads::look_up(std::string id) {
  core::Cancellation none;  // It is over soon anyway, and its answer is wanted.
  co_return co_await with_lease<UploadProgress>(id, none, OnHeld::kEndHolder,
                                                [&] { return look_up_leased(id); });
}

Task<Accepted<UploadProgress>> Uploads::look_up_leased(std::string id) {
  auto status =
      flatten<UploadStatus>(co_await control_.run([this, &id] { return ledger_.look_up(id); }));
  if (!status) co_return std::unexpected(status.error());
  // A client that sees all bytes there asks nothing more, so the last step cannot wait for it.
  co_return co_await publish_if_whole(std::move(*status));
}

Task<Accepted<>> Uploads::terminate(std::string id) {
  core::Cancellation none;
  co_return co_await with_lease<void>(id, none, OnHeld::kEndHolder,
                                      [&] { return terminate_leased(id); });
}

Task<Accepted<>> Uploads::terminate_leased(std::string id) {
  const auto ended =
      flatten<void>(co_await control_.run([this, &id] { return ledger_.terminate(id); }));
  if (!ended) co_return ended;
  co_return co_await remove_files(id);
}

Task<Accepted<>> Uploads::remove_files(std::string id) {
  // The large file goes by the ring: freeing the extents of 64 GB takes seconds, and the control
  // thread has other work. What is left is small. If either fails, the next start removes it.
  static_cast<void>(co_await core::io::Unlink(Core::current().ring(), store_.part(id)));
  co_return flatten<void>(co_await control_.run([this, &id] { return ledger_.remove_files(id); }));
}

Task<Accepted<Video>> Uploads::take_whole(http::Request& request, FileDescription file) {
  const std::optional<uint64_t> declared = request.content_length();
  auto id = flatten<std::string>(
      co_await control_.run([this, declared] { return ledger_.create_part(declared); }));
  if (!id) co_return std::unexpected(id.error());
  const Delivery delivery{
      .id = *id, .offset = 0, .size_max = declared.value_or(limits().size_max), .checksum = {}};
  Accepted<uint64_t> size = co_await receiver_.receive(request, delivery);
  if (size && *size == 0) size = refuse(400, "the file is empty");
  if (size && declared.value_or(*size) != *size) size = refuse(400, "the body is not whole");
  if (size) co_return co_await publish_whole(*id, *size, std::move(file));
  static_cast<void>(co_await remove_files(*id));
  co_return std::unexpected(size.error());
}

Task<Accepted<Video>> Uploads::publish_whole(std::string id, uint64_t size, FileDescription file) {
  const NewUpload whole{.length = size, .metadata = {}, .file = std::move(file)};
  const auto record = flatten<UploadRecord>(co_await control_.run(
      [this, &id, &whole, at = now()] { return ledger_.register_whole(id, whole, at); }));
  if (!record) {
    static_cast<void>(co_await remove_files(id));
    co_return std::unexpected(record.error());
  }
  co_return co_await publisher_.publish(*record, {.state = PartState::kReceiving, .size = size});
}

Task<Accepted<bool>> Uploads::expire_leased(std::string id) {
  const auto expired = flatten<bool>(
      co_await control_.run([this, &id, at = now()] { return ledger_.expire(id, at); }));
  if (!expired || !*expired) co_return expired;
  if (const auto removed = co_await remove_files(id); !removed) {
    co_return std::unexpected(removed.error());
  }
  co_return true;
}

Task<Accepted<size_t>> Uploads::expire_once() {
  auto ids = flatten<std::vector<std::string>>(
      co_await control_.run([this, at = now()] { return ledger_.find_expired(at); }));
  if (!ids) co_return std::unexpected(ids.error());
  size_t count = 0;
  for (const std::string& id : *ids) {
    core::Cancellation none;
    // An upload that someone writes to at this moment lives on: his request extends it.
    const auto expired =
        co_await with_lease<bool>(id, none, OnHeld::kRefuse, [&] { return expire_leased(id); });
    if (expired && *expired) ++count;
  }
  const auto forgotten =
      flatten<void>(co_await control_.run([this, at = now()] { return ledger_.forget_ended(at); }));
  if (!forgotten) co_return std::unexpected(forgotten.error());
  co_return count;
}

Task<> Uploads::keep_expiring() {
  Core& here = Core::current();
  for (;;) {
    const auto slept = co_await core::io::Sleep(here, kExpiryInterval, &here.stopping());
    if (!slept) co_return;
    const auto expired = co_await expire_once();
    if (!expired) {
      core::log::event(core::log::Level::kWarning, "upload.expiry_failed",
                       {{"error", expired.error().cause}});
    } else if (*expired > 0) {
      core::log::event(core::log::Level::kInfo, "upload.expired", {{"count", *expired}});
    }
  }
}

}  // namespace millrace::media::upload
