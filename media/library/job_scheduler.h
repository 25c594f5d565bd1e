// Which video is worked on next.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "core/config.h"
#include "core/gate.h"
#include "media/catalogue/records.h"
#include "media/library/library.h"
#include "media/worker/failure.h"

namespace millrace::media::library {

/// Home core. Takes jobs from the durable queue, as many at once as there are worker places; what
/// may succeed at another try is tried again later and later, what cannot fails with its reason.
class JobScheduler {
 public:
  JobScheduler(const core::Config& config, Library& library) noexcept
      : config_(config), library_(library) {}

  /// Until the core stops; then running workers are ended and their jobs stay queued.
  core::Task<void> run();
  [[nodiscard]] size_t running_count() const noexcept { return running_.inside(); }

 private:
  [[nodiscard]] bool has_place() const noexcept;
  core::Task<core::Result<std::optional<catalogue::JobRecord>>> claim();
  core::Task<void> work_on(catalogue::JobRecord job, core::Gate::Pass running,
                           core::Gate::Pass place);
  /// Null when there is no such video.
  core::Task<core::Snapshot<catalogue::VideoRecord>> find_video(std::string id);
  core::Task<void> bring_to_its_end(const catalogue::JobRecord& job);
  core::Task<void> discard(const std::string& video_id);
  core::Task<void> wait_for_disk(const catalogue::JobRecord& job);
  core::Task<void> put_back(const catalogue::JobRecord& job);
  core::Task<void> settle(const catalogue::JobRecord& job, const worker::JobFailure& failure);
  /// Repeats `change` (a Task<Result<>> from nothing) until the catalogue took it: what a worker
  /// took hours for is not lost to a disk that is full for a moment.
  template <class Change>
  core::Task<void> insist(Change change);
  /// Until a job may have become claimable, and for `least` at least unless one is added.
  core::Task<void> wait_for_work(std::chrono::milliseconds least);

  const core::Config& config_;
  Library& library_;
  core::Gate running_;
};

}  // namespace millrace::media::library
