// The one place where videos change: the home core's side of the catalogue.
#pragma once

#include <memory>
#include <string>

#include "core/control.h"
#include "core/gate.h"
#include "media/catalogue/catalogue.h"
#include "media/library/announcer.h"
#include "media/library/store_paths.h"

namespace millrace::media::library {

/// Lives on the home core; others reach it by core::run_on. Each change is durable first (on the
/// control thread), then told to every core, then acknowledged.
class Library {
 public:
  /// `places` are all cores and their shelves, the home core's first.
  Library(core::ControlThread& control, catalogue::Catalogue& catalogue,
          std::vector<Announcer::Place> places, StorePaths paths);
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  /// Errors: kNotFound, kNoSpace, kOverloaded.
  core::Task<core::Result<core::Snapshot<catalogue::VideoRecord>>> update_video(
      std::string id, catalogue::VideoEdit edit);
  /// A change that is in the catalogue already, such as a new video with its job: tells every core,
  /// and whoever takes jobs.
  core::Task<void> show(catalogue::VideoChange change);
  /// Forgets the video, then removes its files, after the work on it has been told to stop.
  /// Errors: kNotFound, kOverloaded.
  core::Task<core::Result<>> remove_video(std::string id);
  /// A failed attempt goes back into the queue, and its video with it.
  core::Task<core::Result<>> try_again(catalogue::JobRetry retry, std::string video_id);
  /// Ends a job and tells the outcome to its video, in one transaction.
  core::Task<core::Result<>> finish_job(int64_t job_id, catalogue::VideoEdit outcome);

  /// Null when there is no such video (any more).
  [[nodiscard]] core::Snapshot<catalogue::VideoRecord> find(std::string_view id) const {
    return shelf_.find(id);
  }

  /// Runs `f(Catalogue&)` on the control thread.
  template <class F>
  auto with_catalogue(F f) {
    return control_.run(
        [catalogue = &catalogue_, f = std::move(f)]() mutable { return f(*catalogue); });
  }
  [[nodiscard]] core::ControlThread& control() noexcept { return control_; }
  [[nodiscard]] Announcer& announcer() noexcept { return announcer_; }
  [[nodiscard]] const StorePaths& paths() const noexcept { return paths_; }

  /// Removes what was made of a video; its original stays. Errors: kOverloaded, kOs.
  core::Task<core::Result<>> discard_processed(std::string id);

  /// Whoever runs a worker process is inside: there are places for `workers.max`. A job keeps its
  /// place from transcode to validation.
  [[nodiscard]] core::Gate& workers() noexcept { return workers_; }
  /// Notified when a job may have become claimable.
  [[nodiscard]] core::Event& jobs_changed() noexcept { return jobs_changed_; }
  /// Whoever works on a video holds its files, each by a `cancellation` of its own: it is requested
  /// when the video is removed, and the files go, and the removal is done, when all have let go.
  void hold(const std::string& video_id, core::Cancellation& cancellation);
  void let_go(const std::string& video_id, const core::Cancellation& cancellation);

  /// Removes what a crash left of removed videos; what cannot be removed is logged and stays. Once,
  /// at start. Errors: those of reading the catalogue.
  core::Task<core::Result<>> finish_removals();

 private:
  core::Task<void> end_work_on(const std::string& video_id);
  core::Task<core::Result<>> remove_files(std::string id);

  core::ControlThread& control_;
  catalogue::Catalogue& catalogue_;
  const Shelf& shelf_;
  Announcer announcer_;
  StorePaths paths_;
  core::Gate workers_;
  core::Event jobs_changed_;
  struct Hold {
    explicit Hold(core::Cancellation& its) noexcept : cancellation(its) {}
    core::Cancellation& cancellation;
    core::Event let_go;
  };
  std::unordered_multimap<std::string, std::shared_ptr<Hold>> held_;
};

}  // namespace millrace::media::library
