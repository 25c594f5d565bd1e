// One job in one worker process, as the server sees it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/cancellation.h"
#include "core/control.h"
#include "core/process.h"
#include "core/task.h"
#include "media/worker/job.h"
#include "media/worker/job_output.h"
#include "media/worker/live_feed.h"

namespace millrace::media::worker {

struct WorkerProgram {
  std::string executable;  ///< Path of millrace-worker.
  /// Ended as hung when for this long it neither reported, nor took source bytes, nor used the CPU,
  /// while the server waited for it: a process that is blocked for ever.
  std::chrono::nanoseconds silence_max = std::chrono::seconds{60};
  /// The same when it only used the CPU: one that spins for ever. An encoder may take minutes over
  /// the frames it holds.
  std::chrono::nanoseconds report_gap_max = std::chrono::minutes{15};
  std::vector<std::string> environment;  ///< "NAME=value"
  core::Command::StandardError standard_error = core::Command::StandardError::kDiscarded;
};

/// A part of an open file; the parts one after the other are the source of a job. `fd` is borrowed
/// until the job has ended.
struct SourceSlice {
  int fd = -1;
  uint64_t offset = 0;
  uint64_t size = 0;
};

/// Starts a worker (on the control thread), feeds it the source, hands its reports to `output`, and
/// yields when the process has ended and nothing of it is left: no process, no descriptor, no
/// memory. On the calling core; never blocks it. `spec.source_size` is set from the slices.
///
/// Failures: what the worker gave as its verdict, or
/// kNotStarted        no memory, descriptors or executable
/// kCrashed           ended by a signal; kOutOfTime by the one of the CPU limit
/// kExitedEarly       ended by itself without a verdict
/// kHung              see WorkerProgram::silence_max
/// kMalformedReport   it broke a rule of the rings or of ReportCheck; `detail` says which
/// kSourceUnreadable  a slice could not be read to its size
/// kOutputFailed      `output` failed; kDiskShort when that was for lack of space
/// kCancelled         `cancellation` was requested
core::Task<JobResult> run_job(core::ControlThread& control, WorkerProgram program, JobSpec spec,
                              std::vector<SourceSlice> source, JobOutput& output,
                              core::Cancellation* cancellation = nullptr);

/// RLIMIT_CPU of a live worker: 136 years.
inline constexpr uint32_t kCpuSecondsUnlimited = UINT32_MAX;

/// The same for a live stream, whose bytes another coroutine of this core writes into `feed`.
/// Yields success when the feed was finished and everything made of it is reported. While the feed
/// is empty the worker may be silent for as long as it likes; one that does not take what is there
/// for `program.silence_max` is kHung. `feed` and `output` outlive the task; the feed is closed
/// when it yields, whatever the result. `spec.kind` and the limit of CPU time are set here.
core::Task<JobResult> run_live_job(core::ControlThread& control, WorkerProgram program,
                                   JobSpec spec, LiveFeed& feed, JobOutput& output,
                                   core::Cancellation* cancellation = nullptr);

}  // namespace millrace::media::worker
