// Which video is worked on next.
#pragma once

#include <cstdint>

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

 private:
  core::Task<void> work_on(catalogue::JobRecord job, core::Gate::Pass place);
  core::Task<void> settle(const catalogue::JobRecord& job, const worker::JobFailure& failure);
  core::Task<void> wait_for_work();

  const core::Config& config_;
  Library& library_;
  core::Gate running_;
};

}  // namespace millrace::media::library
