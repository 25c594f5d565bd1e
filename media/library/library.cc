#include "media/library/library.h"

#include "core/log.h"
#include "media/library/remove_tree.h"

namespace millrace::media::library {
namespace {

using VideoResult = core::Result<core::Snapshot<catalogue::VideoRecord>>;

/// The catalogue remembers: the next start tries again.
void log_files_left(const std::string& video_id, const core::Error& error) {
  core::log::event(core::log::Level::kError, "library.files_left",
                   {{"video", video_id}, {"error", error}});
}

}  // namespace

Library::Library(core::ControlThread& control, catalogue::Catalogue& catalogue,
                 std::vector<Announcer::Place> places, StorePaths paths)
    : control_(control),
      catalogue_(catalogue),
      shelf_(*places.front().shelf),
      announcer_(std::move(places)),
      paths_(std::move(paths)) {}

core::Task<VideoResult> Library::update_video(std::string id, catalogue::VideoEdit edit) {
  const core::Result<catalogue::VideoChange> change =
      co_await with_catalogue([&](catalogue::Catalogue& c) { return c.update_video(id, edit); });
  if (!change) co_return std::unexpected(change.error());
  co_await announcer_.announce(*change);
  co_return change->video;
}

core::Task<void> Library::show(catalogue::VideoChange change) {
  co_await announcer_.announce(std::move(change));
  jobs_changed_.notify_all();
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
  co_await end_work_on(id);
  co_return co_await remove_files(std::move(id));
}

core::Task<void> Library::end_work_on(const std::string& video_id) {
  std::vector<std::shared_ptr<Hold>> holds;
  const auto [first, last] = held_.equal_range(video_id);
  for (auto held = first; held != last; ++held) holds.push_back(held->second);
  for (const std::shared_ptr<Hold>& hold : holds) hold->cancellation.request();
  for (const std::shared_ptr<Hold>& hold : holds) static_cast<void>(co_await hold->let_go.wait());
}

void Library::hold(const std::string& video_id, core::Cancellation& cancellation) {
  held_.emplace(video_id, std::make_shared<Hold>(cancellation));
}

void Library::let_go(const std::string& video_id, const core::Cancellation& cancellation) {
  auto [held, last] = held_.equal_range(video_id);
  while (held != last && &held->second->cancellation != &cancellation) ++held;
  MR_ASSERT(held != last);
  held->second->let_go.set();
  held_.erase(held);
}

core::Task<core::Result<>> Library::try_again(catalogue::JobRetry retry, std::string video_id) {
  const core::Result<catalogue::VideoChange> change =
      co_await with_catalogue([&](catalogue::Catalogue& c) -> core::Result<catalogue::VideoChange> {
        const core::Result<> queued = c.retry_job(retry);
        if (!queued) return std::unexpected(queued.error());
        return c.update_video(video_id, [](catalogue::VideoRecord& video) {
          video.state = catalogue::VideoState::kQueued;
          video.formats.clear();
          video.has_poster = false;
          video.storyboard.reset();
        });
      });
  if (!change) co_return std::unexpected(change.error());
  co_await announcer_.announce(*change);
  jobs_changed_.notify_all();
  co_return core::Result<>{};
}

core::Task<core::Result<>> Library::discard_processed(std::string id) {
  co_return co_await remove_tree(control_, core::Core::current().ring(),
                                 paths_.processed_folder(id));
}

core::Task<core::Result<>> Library::remove_files(std::string id) {
  for (std::string folder :
       {paths_.upload_folder(id), paths_.processed_folder(id), paths_.segments_folder(id)}) {
    const core::Result<> removed =
        co_await remove_tree(control_, core::Core::current().ring(), std::move(folder));
    if (!removed) co_return removed;
  }
  co_return co_await with_catalogue([&](catalogue::Catalogue& c) { return c.finish_removal(id); });
}

core::Task<core::Result<>> Library::finish_removals() {
  const core::Result<std::vector<std::string>> pending =
      co_await with_catalogue([](catalogue::Catalogue& c) { return c.pending_removals(); });
  if (!pending) co_return std::unexpected(pending.error());
  for (const std::string& id : *pending) {
    const core::Result<> removed = co_await remove_files(id);
    if (!removed) log_files_left(id, removed.error());
  }
  co_return core::Result<>{};
}

}  // namespace millrace::media::library
