// Where the worker's executable is, and how long it may be silent.
#pragma once

#include "core/config.h"
#include "media/worker/run_job.h"

namespace millrace::media::worker {

/// `workers.path`, or `millrace-worker` in the folder of this process's own executable.
[[nodiscard]] WorkerProgram worker_program(const core::WorkersConfig& config);

}  // namespace millrace::media::worker
