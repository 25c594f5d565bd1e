#include "media/library/library.h"

#include <array>
#include <filesystem>
#include <system_error>

namespace millrace::media::library {
namespace {

using VideoResult = core::Result<core::Snapshot<catalogue::VideoRecord>>;

}  // namespace

Library::Library(core::ControlThread& control, std::unique_ptr<catalogue::Catalogue> catalogue,
                 std::vector<Announcer::Place> places, StorePaths paths)
    : control_(control),
      catalogue_(std::move(catalogue)),
      announcer_(std::move(places)),
      paths_(std::move(paths)) {}

Library::~Library() = default;

core::Task<VideoResult> Library::update_video(std::string id, catalogue::VideoEdit edit) {
  const core::Result<catalogue::VideoChange> change =
      co_await with_catalogue([&](catalogue::Catalogue& c) { return c.update_video(id, edit); });
  if (!change) co_return std::unexpected(change.error());
  co_await announcer_.announce(*change);
  co_return change->video;
}

core::Task<VideoResult> Library::accept_video(catalogue::NewVideo video) {
  const core::Result<catalogue::VideoChange> change =
      co_await with_catalogue([&](catalogue::Catalogue& c) { return c.accept_video(video); });
  if (!change) co_return std::unexpected(change.error());
  co_await announcer_.announce(*change);
  jobs_changed_.notify_all();
  co_return change->video;
}

core::Task<core::Result<>> Library::finish_job(int64_t job_id, catalogue::VideoEdit outcome) {
  const core::Result<catalogue::VideoChange> change = co_await with_catalogue(
      [&](catalogue::Catalogue& c) { return c.finish_job(job_id, outcome); });
  if (!change) co_return std::unexpected(change.error());
  co_await announcer_.announce(*change);
  co_return core::Result<>{};
}

core::Task<core::Result<>> Library::remove_video(std::string id) {
  const core::Result<catalogue::VideoChange> change =
      co_await with_catalogue([&](catalogue::Catalogue& c) { return c.remove_video(id); });
  if (!change) co_return std::unexpected(change.error());
  co_await announcer_.announce(*change);
  const auto worked_on = worked_on_.find(id);
  if (worked_on != worked_on_.end()) {
    worked_on->second->request();
    co_return core::Result<>{};  // Whoever works on it removes the files when it has let go of them.
  }
  co_return co_await remove_files(std::move(id));
}

void Library::set_worker_on(const std::string& video_id, core::Cancellation* cancellation) {
  if (cancellation != nullptr) {
    worked_on_[video_id] = cancellation;
  } else {
    worked_on_.erase(video_id);
  }
}

core::Task<core::Result<>> Library::remove_files(std::string id) {
  // Removing a large tree blocks for as long as the file system likes: not on a core.
  const std::array folders{paths_.upload_folder(id), paths_.processed_folder(id),
                           paths_.segments_folder(id)};
  co_return co_await with_catalogue([&](catalogue::Catalogue& c) -> core::Result<> {
    for (const std::string& folder : folders) {
      std::error_code error;
      std::filesystem::remove_all(folder, error);
      if (error) return core::os_failure(error.value(), "removing the files of a video");
    }
    return c.finish_removal(id);
  });
}

core::Task<core::Result<>> Library::finish_removals() {
  const core::Result<std::vector<std::string>> pending =
      co_await with_catalogue([](catalogue::Catalogue& c) { return c.pending_removals(); });
  if (!pending) co_return std::unexpected(pending.error());
  for (const std::string& id : *pending) {
    const core::Result<> removed = co_await remove_files(id);
    if (!removed) co_return removed;
  }
  co_return core::Result<>{};
}

}  // namespace millrace::media::library
