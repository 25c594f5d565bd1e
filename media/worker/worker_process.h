// The whole life of a worker.
#pragma once

#include "media/worker/job.h"

namespace millrace::media::worker {

/// What does each kind of job; null: this worker does not know it.
struct JobRunners {
  using Run = JobResult (*)(const JobSpec& spec, Source& source, Sink& sink);
  Run transcode = nullptr;
  Run validate = nullptr;
  Run export_ts = nullptr;
  Run live = nullptr;
};

/// Takes the job from the ring, enters the sandbox, runs the job, and reports its verdict. Yields
/// the exit status: 0 when a verdict was reported, whatever it was. `argument` is the server's pid.
/// The process must then end by _exit: threads of libraries may still run, and the sandbox forbids
/// what exit handlers do.
int run_worker(const char* argument, const JobRunners& runners);

}  // namespace millrace::media::worker
