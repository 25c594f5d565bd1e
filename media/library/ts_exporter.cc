#include "media/library/ts_exporter.h"

#include <fcntl.h>

#include <algorithm>
#include <filesystem>

#include "core/io/files.h"
#include "core/io/open_at.h"
#include "core/io/rename.h"
#include "core/io/unlink.h"
#include "core/log.h"
#include "media/library/job_plan.h"
#include "media/worker/worker_program.h"

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

/// What ended an export before it was made.
core::Error why_ended(const Library& library, const TsSegment& segment) {
  if (library.find(segment.video_id) == nullptr) {
    return {.code = core::ErrorCode::kNotFound, .what = "the video was removed"};
  }
  return {.code = core::ErrorCode::kCancelled, .what = "the segment is not made any more"};
}

}  // namespace

TsExporter::LetGo::LetGo(TsExporter& exporter) noexcept
    : RemovalHook([](RemovalHook* hook, std::string_view video_id) noexcept {
        static_cast<LetGo*>(hook)->exporter_.kept_.forget(video_id);
      }),
      exporter_(exporter) {}

TsExporter::TsExporter(const core::Config& config, Library& library, Shelf& shelf) noexcept
    : config_(config), library_(library) {
  shelf.add(let_go_);
}

core::Task<core::Result<std::string>> TsExporter::make(TsSegment segment,
                                                       core::Cancellation& cancellation) {
  if (askers_.inside() >= kAskersMax) {
    co_return core::fail(core::ErrorCode::kOverloaded, "too many wait for segments");
  }
  const core::Gate::Pass asker = askers_.enter();
  const std::string path =
      library_.paths().ts_segment(segment.video_id, segment.quality, segment.first, segment.last);
  auto known = exports_.find(path);
  while (known != exports_.end() && known->second->cancellation.requested()) {
    // Given up a moment ago: its file is still being put away.
    const std::shared_ptr<Export> last = known->second;
    const core::Result<> ended = co_await last->made.wait(&cancellation);
    if (!ended) co_return std::unexpected(ended.error());
    known = exports_.find(path);
  }
  core::Result<std::shared_ptr<Export>> mine =
      known != exports_.end() ? known->second : begin(std::move(segment), path);
  if (!mine) co_return std::unexpected(mine.error());
  Export& its = **mine;
  ++its.asker_count;
  const core::Result<> made = co_await its.made.wait(&cancellation);
  if (--its.asker_count == 0 && !its.size) its.cancellation.request();
  if (!made) co_return std::unexpected(made.error());
  if (!*its.size) co_return std::unexpected(its.size->error());
  co_return path;
}

core::Result<std::shared_ptr<TsExporter::Export>> TsExporter::begin(TsSegment segment,
                                                                    std::string path) {
  if (library_.find(segment.video_id) == nullptr) {
    return core::fail(core::ErrorCode::kNotFound, "there is no video with that id");
  }
  if (exports_.size() >= kAtOnce + kWaitingMax) {
    return core::fail(core::ErrorCode::kOverloaded, "too many segments are being made");
  }
  auto its = std::make_shared<Export>();
  its->segment = std::move(segment);
  its->path = std::move(path);
  exports_.emplace(its->path, its);
  // Here, while the video is known to be there: its removal waits for what is held before it.
  library_.hold(its->segment.video_id, its->cancellation);
  core::Core::current().spawn(run(its));
  return its;
}

core::Task<void> TsExporter::run(std::shared_ptr<Export> its) {
  {
    const core::CancelLink stop(core::Core::current().stopping(), its->cancellation);
    its->size = co_await wait_and_write(*its);
  }
  exports_.erase(its->path);
  its->made.set();
  const bool stays = *its->size && library_.find(its->segment.video_id) != nullptr;
  library_.let_go(its->segment.video_id, its->cancellation);
  if (stays) co_await keep(*its);
}

bool TsExporter::has_place() const noexcept {
  if (running_.inside() == 0) return true;
  return running_.inside() < kAtOnce &&
         library_.workers().inside() < std::max(config_.workers.max, 1U);
}

core::Task<core::Result<uint64_t>> TsExporter::wait_and_write(Export& its) {
  while (!has_place()) {
    const core::Result<> place = co_await place_free_.wait(&its.cancellation);
    if (!place) co_return std::unexpected(why_ended(library_, its.segment));
  }
  core::Result<uint64_t> size = 0;
  {
    const core::Gate::Pass running = running_.enter();
    const core::Gate::Pass place = library_.workers().enter();
    size = co_await write_file(its);
  }
  place_free_.notify_all();
  library_.jobs_changed().notify_all();
  co_return size;
}

core::Task<core::Result<uint64_t>> TsExporter::write_file(Export& its) {
  const TsSegment& segment = its.segment;
  const std::string folder = std::filesystem::path(its.path).parent_path();
  const core::Result<> room = co_await library_.control().run(
      [&, floor = config_.store.free_space_floor.value] { return make_room(folder, floor); });
  if (!room) co_return std::unexpected(room.error());
  core::Ring& ring = core::Core::current().ring();
  const std::string part = its.path + ".part";
  auto size = co_await run_worker(its, part);
  // As with a transcode, a worker that fell is no verdict on the video; a viewer waits for it.
  if (!size && worker::may_retry(size.error().reason)) size = co_await run_worker(its, part);
  if (size) {
    const core::Result<> named = co_await core::io::Rename(ring, part, its.path);
    if (!named) co_return std::unexpected(named.error());
    co_return *size;
  }
  static_cast<void>(co_await core::io::Unlink(ring, part));
  if (size.error().reason == worker::FailureReason::kCancelled) {
    co_return std::unexpected(why_ended(library_, segment));
  }
  core::log::event(core::log::Level::kWarning, "export.failed",
                   {{"video", segment.video_id},
                    {"quality", segment.quality},
                    {"reason", worker::to_string(size.error().reason)},
                    {"detail", size.error().detail}});
  if (size.error().reason == worker::FailureReason::kUnsupportedJob) {
    co_return core::fail(core::ErrorCode::kNotFound, "MPEG-TS cannot hold this codec");
  }
  co_return core::fail(core::ErrorCode::kInternal, "the segment could not be made");
}

core::Task<std::expected<uint64_t, worker::JobFailure>> TsExporter::run_worker(
    Export& its, const std::string& part) {
  core::Core& core = core::Core::current();
  const core::Result<core::UniqueFd> file =
      co_await core::io::OpenAt(core.ring(), part, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (!file) {
    co_return worker::job_failure(worker::FailureReason::kOutputFailed, file.error().what);
  }
  std::vector<worker::SourceSlice> source;
  for (const vod::ByteSpan& span : its.segment.source) {
    source.push_back({.fd = its.segment.file->fd(), .offset = span.offset, .size = span.size});
  }
  ExportFile output(core.ring(), file->get());
  const worker::JobResult made =
      co_await worker::run_job(library_.control(), worker::worker_program(config_.workers),
                               export_plan(config_), std::move(source), output, &its.cancellation);
  if (!made) co_return std::unexpected(made.error());
  co_return output.size();
}

core::Task<void> TsExporter::keep(const Export& its) {
  const std::vector<std::string> oldest =
      kept_.add({.path = its.path, .video_id = its.segment.video_id, .size = its.size->value()});
  for (const std::string& path : oldest) {
    static_cast<void>(co_await core::io::Unlink(core::Core::current().ring(), path));
  }
}

}  // namespace millrace::media::library
