#include "media/library/ts_exporter.h"

#include <fcntl.h>

#include <filesystem>

#include "core/io/files.h"
#include "core/io/open_at.h"
#include "core/io/rename.h"
#include "core/io/unlink.h"
#include "core/log.h"
#include "media/library/job_plan.h"
#include "media/library/worker_program.h"

namespace millrace::media::library {
namespace {

/// Appends what the worker exports to a file.
class ExportFile final : public worker::JobOutput {
 public:
  ExportFile(core::Ring& ring, int fd) noexcept : ring_(ring), fd_(fd) {}

  core::Task<core::Result<>> on_export(std::span<const std::byte> bytes) override {
    const core::Result<> written = co_await core::io::write_all(ring_, fd_, bytes, size_);
    if (written) size_ += bytes.size();
    co_return written;
  }
  [[nodiscard]] uint64_t size() const noexcept { return size_; }

 private:
  core::Ring& ring_;
  int fd_;
  uint64_t size_ = 0;
};

core::Result<> make_room(const std::string& folder, uint64_t free_floor) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return core::os_failure(error.value(), "making the folder of a segment");
  const std::filesystem::space_info space = std::filesystem::space(folder, error);
  if (error) return core::os_failure(error.value(), "asking for the free space");
  if (space.available < free_floor) {
    return core::fail(core::ErrorCode::kNoSpace, "the disk is short");
  }
  return {};
}

}  // namespace

core::Task<core::Result<std::string>> TsExporter::make(TsSegment segment) {
  const std::string path =
      library_.paths().ts_segment(segment.video_id, segment.quality, segment.first, segment.last);
  std::shared_ptr<Export>& known = exports_[path];
  if (known != nullptr) {
    const std::shared_ptr<Export> mine = known;
    static_cast<void>(co_await mine->made.wait());
    if (!*mine->size) co_return std::unexpected(mine->size->error());
    co_return path;
  }
  if (waiting_ >= kWaitingMax) {
    exports_.erase(path);
    co_return core::fail(core::ErrorCode::kOverloaded, "too many segments are being made");
  }
  const auto mine = std::make_shared<Export>();
  known = mine;
  ++waiting_;
  while (running_ >= kAtOnce) static_cast<void>(co_await place_free_.wait());
  --waiting_;
  ++running_;
  mine->size = co_await write_file(segment, path);
  --running_;
  place_free_.notify_all();
  exports_.erase(path);
  mine->made.set();
  if (!*mine->size) co_return std::unexpected(mine->size->error());
  keep(path, **mine->size);
  co_return path;
}

core::Task<core::Result<uint64_t>> TsExporter::write_file(const TsSegment& segment,
                                                          const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path();
  const core::Result<> room = co_await library_.control().run(
      [&, floor = config_.store.free_space_floor.value] { return make_room(folder, floor); });
  if (!room) co_return std::unexpected(room.error());
  core::Ring& ring = core::Core::current().ring();
  const std::string part = path + ".part";
  auto size = co_await run_worker(segment, part);
  // As with a transcode, a worker that fell is no verdict on the video; a viewer waits for it.
  if (!size && worker::may_retry(size.error().reason)) size = co_await run_worker(segment, part);
  if (!size) {
    core::log::event(core::log::Level::kWarning, "export.failed",
                     {{"video", segment.video_id},
                      {"quality", segment.quality},
                      {"reason", worker::to_string(size.error().reason)},
                      {"detail", size.error().detail}});
    static_cast<void>(co_await core::io::Unlink(ring, part));
    if (size.error().reason == worker::FailureReason::kUnsupportedJob) {
      co_return core::fail(core::ErrorCode::kNotFound, "MPEG-TS cannot hold this codec");
    }
    co_return core::fail(core::ErrorCode::kInternal, "the segment could not be made");
  }
  const core::Result<> named = co_await core::io::Rename(ring, part, path);
  if (!named) co_return std::unexpected(named.error());
  co_return *size;
}

core::Task<std::expected<uint64_t, worker::JobFailure>> TsExporter::run_worker(
    const TsSegment& segment, const std::string& part) {
  core::Core& core = core::Core::current();
  const core::Result<core::UniqueFd> file =
      co_await core::io::OpenAt(core.ring(), part, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (!file) {
    co_return worker::job_failure(worker::FailureReason::kOutputFailed, file.error().what);
  }
  ExportFile output(core.ring(), file->get());
  const worker::JobResult made =
      co_await worker::run_job(library_.control(), worker_program(config_.workers),
                               export_plan(config_), segment.source, output, &core.stopping());
  if (!made) co_return std::unexpected(made.error());
  co_return output.size();
}

void TsExporter::keep(const std::string& path, uint64_t size) {
  kept_.emplace_back(path, size);
  kept_bytes_ += size;
  while (kept_bytes_ > kBytesMax && kept_.size() > 1) {
    auto [oldest, its_size] = std::move(kept_.front());
    kept_.pop_front();
    kept_bytes_ -= its_size;
    core::Core::current().spawn([](core::Ring& ring, std::string file) -> core::Task<void> {
      static_cast<void>(co_await core::io::Unlink(ring, std::move(file)));
    }(core::Core::current().ring(), std::move(oldest)));
  }
}

}  // namespace millrace::media::library
