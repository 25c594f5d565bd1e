// The state of one job on the server's side.
#pragma once

#include <cstdint>
#include <optional>

#include "core/cancellation.h"
#include "core/core.h"
#include "core/doorbell.h"
#include "core/event.h"
#include "core/gate.h"
#include "core/process.h"
#include "core/shared_memory.h"
#include "core/shm_ring.h"
#include "media/worker/job_feed.h"
#include "media/worker/job_output.h"
#include "media/worker/report_check.h"
#include "media/worker/run_job.h"

namespace millrace::media::worker {

/// The memory and the bells that both sides share.
struct SessionMemory {
  static core::Result<SessionMemory> create();

  core::SharedMemory down;
  core::SharedMemory up;
  core::Doorbell server_bell;  ///< Reports arrived, or source bytes were taken.
  core::Doorbell source_bell;
  core::Doorbell sink_bell;
};

/// Four coroutines of one core around one process: `drain` takes the reports and decides how the
/// job ends; the others listen to the bell, feed the source and watch the process, and tell it by
/// `wake_`. All have ended when `run` yields.
class WorkerSession {
 public:
  /// All but `memory` is borrowed.
  WorkerSession(SessionMemory memory, const JobSpec& spec, JobFeed& source, JobOutput& output,
                const WorkerProgram& program);

  [[nodiscard]] core::Command command() const;
  /// Takes the process to its end. Once.
  core::Task<JobResult> run(core::Process process, core::Cancellation* cancellation);

 private:
  core::Task<JobResult> drain();
  core::Task<std::optional<JobResult>> deliver();
  core::Task<core::Result<>> hand_over(const Report& report);
  [[nodiscard]] std::optional<JobFailure> why_to_stop() const;
  [[nodiscard]] JobFailure failure_of_exit() const;
  void note_sign_of_life() noexcept;
  void note_work() noexcept;

  // Each is given its pass when it is spawned: it begins only when the core comes to it, and a job
  // that is over by then must still wait for it.
  core::Task<void> listen(core::Gate::Pass);
  core::Task<void> feed(core::Gate::Pass);
  core::Task<void> watch_process(core::Gate::Pass);
  core::Task<void> watch_silence(core::Gate::Pass);

  core::Core& core_ = core::Core::current();
  SessionMemory memory_;
  core::ShmRingWriter down_;
  core::ShmRingReader up_;
  ReportCheck check_;
  JobFeed& source_;
  JobOutput& output_;
  const WorkerProgram& program_;

  std::optional<core::Process> process_;
  std::optional<core::ExitStatus> exit_;
  std::optional<JobFailure> source_failure_;
  core::ShmRecord record_;
  core::MonotonicTime began_{};
  core::MonotonicTime last_sign_{};  // of life: also a beat of its heart.
  core::MonotonicTime last_work_{};  // a report, or source bytes taken.
  uint64_t progress_seen_ = 0;
  uint32_t futile_ring_count_ = 0;
  uint32_t turns_without_pause_ = 0;
  core::Event wake_;
  core::Cancellation stop_;
  core::Gate coroutines_;
};

}  // namespace millrace::media::worker
