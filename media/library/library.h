// The one place where videos change: the home core's side of the catalogue.
#pragma once

#include <memory>
#include <string>

#include "core/control.h"
#include "media/catalogue/catalogue.h"
#include "media/library/announcer.h"
#include "media/library/store_paths.h"

namespace millrace::media::library {

/// Lives on the home core; others reach it by core::run_on. Each change is durable first (on the
/// control thread), then told to every core, then acknowledged.
class Library {
 public:
  Library(core::ControlThread& control, std::unique_ptr<catalogue::Catalogue> catalogue,
          std::vector<Announcer::Place> places, StorePaths paths);
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;
  ~Library();

  /// Errors: kNotFound, kNoSpace, kOverloaded.
  core::Task<core::Result<core::Snapshot<catalogue::VideoRecord>>> update_video(
      std::string id, catalogue::VideoEdit edit);
  /// A complete file becomes a video with a job. Errors: kConflict, kNoSpace, kOverloaded.
  core::Task<core::Result<core::Snapshot<catalogue::VideoRecord>>> accept_video(
      catalogue::NewVideo video);
  /// Forgets the video, then removes its files; a job on it is told to stop by `removed`.
  /// Errors: kNotFound, kOverloaded.
  core::Task<core::Result<>> remove_video(std::string id);
  /// Ends a job and tells the outcome to its video, in one transaction.
  core::Task<core::Result<>> finish_job(int64_t job_id, catalogue::VideoEdit outcome);

  /// Runs `f(Catalogue&)` on the control thread.
  template <class F>
  auto with_catalogue(F f) {
    catalogue::Catalogue* catalogue = catalogue_.get();
    return control_.run([catalogue, f = std::move(f)]() mutable { return f(*catalogue); });
  }
  [[nodiscard]] core::ControlThread& control() noexcept { return control_; }
  [[nodiscard]] Announcer& announcer() noexcept { return announcer_; }
  [[nodiscard]] const StorePaths& paths() const noexcept { return paths_; }

  /// Notified when a job may have become claimable, and when a video was removed.
  [[nodiscard]] core::Event& jobs_changed() noexcept { return jobs_changed_; }
  /// Requested when that video is removed; registered by whoever works on it.
  void set_worker_on(const std::string& video_id, core::Cancellation* cancellation);

  /// Removes what a crash left of removed videos. Once, at start.
  core::Task<core::Result<>> finish_removals();

 private:
  core::Task<core::Result<>> remove_files(std::string id);

  core::ControlThread& control_;
  std::unique_ptr<catalogue::Catalogue> catalogue_;
  Announcer announcer_;
  StorePaths paths_;
  core::Event jobs_changed_;
  std::unordered_map<std::string, core::Cancellation*> worked_on_;
};

}  // namespace millrace::media::library
