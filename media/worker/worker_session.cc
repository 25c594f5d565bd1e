#include "media/worker/worker_session.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <variant>

#include "core/io/poll.h"
#include "core/io/sleep.h"
#include "media/worker/source_feed.h"

namespace millrace::media::worker {
namespace {

using core::Result;
using core::Task;

// After so many reports in a row, or bells without a report, the core does something else for a
// tick: a worker that floods is slowed down instead of slowing others down.
constexpr uint32_t kReportsInARow = 64;
constexpr uint32_t kFutileRingsInARow = 1000;

JobFailure hung(std::string_view what, std::chrono::nanoseconds limit) {
  return {.reason = FailureReason::kHung,
          .detail = fmt::format("{} for {} s", what, std::chrono::duration<double>(limit).count())};
}

template <class... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};

Task<Result<>> done() { co_return Result<>{}; }

}  // namespace

Result<SessionMemory> SessionMemory::create() {
  auto down = core::SharedMemory::create("millrace-source", core::kShmRingHeadSize + kDownRingSize);
  if (!down) return std::unexpected(down.error());
  auto up = core::SharedMemory::create("millrace-reports", core::kShmRingHeadSize + kUpRingSize);
  if (!up) return std::unexpected(up.error());
  auto server_bell = core::Doorbell::create();
  if (!server_bell) return std::unexpected(server_bell.error());
  auto source_bell = core::Doorbell::create();
  if (!source_bell) return std::unexpected(source_bell.error());
  auto sink_bell = core::Doorbell::create();
  if (!sink_bell) return std::unexpected(sink_bell.error());
  return SessionMemory{.down = std::move(*down),
                       .up = std::move(*up),
                       .server_bell = std::move(*server_bell),
                       .source_bell = std::move(*source_bell),
                       .sink_bell = std::move(*sink_bell)};
}

WorkerSession::WorkerSession(SessionMemory memory, const JobSpec& spec, JobFeed& source,
                             JobOutput& output, const WorkerProgram& program)
    : memory_(std::move(memory)),
      down_(memory_.down.bytes(), memory_.source_bell),
      up_(memory_.up.bytes(), memory_.sink_bell, kRecordSizeMax),
      check_(spec),
      source_(source),
      output_(output),
      program_(program) {
  const WireWriter job = encode(spec);
  const auto written = down_.try_write(static_cast<uint32_t>(DownRecord::kJob), {job.view()});
  MR_ASSERT(written && *written);  // An empty ring takes any job that JobSpec's limits allow.
}

core::Command WorkerSession::command() const {
  core::Command command{.executable = program_.executable,
                        .arguments = {std::to_string(::getpid())},
                        .environment = program_.environment,
                        .standard_error = program_.standard_error};
  // In the order of ring_fds.h.
  command.fds = {memory_.down.fd(), memory_.up.fd(), memory_.server_bell.fd(),
                 memory_.source_bell.fd(), memory_.sink_bell.fd()};
  return command;
}

Task<JobResult> WorkerSession::run(core::Process process, core::Cancellation* cancellation) {
  process_.emplace(std::move(process));
  std::optional<core::CancelLink> link;
  if (cancellation != nullptr) link.emplace(*cancellation, stop_);
  began_ = core_.now();
  note_work();
  core_.spawn(listen(coroutines_.enter()));
  core_.spawn(feed(coroutines_.enter()));
  core_.spawn(watch_process(coroutines_.enter()));
  core_.spawn(watch_silence(coroutines_.enter()));
  JobResult result = co_await drain();
  stop_.request();
  // Whatever it still does is of no use: the verdict is its last word.
  process_->send_signal(SIGKILL);
  co_await coroutines_.empty();
  co_return result;
}

Task<JobResult> WorkerSession::drain() {
  while (!stop_.requested()) {
    wake_.reset();
    const auto got = up_.try_read(record_);
    if (!got) co_return job_failure(FailureReason::kMalformedReport, got.error().what);
    if (*got) {
      std::optional<JobResult> verdict = co_await deliver();
      if (verdict) co_return std::move(*verdict);
      continue;
    }
    if (auto failure = why_to_stop()) co_return std::unexpected(std::move(*failure));
    if (!up_.may_sleep()) continue;
    static_cast<void>(co_await wake_.wait(&stop_));
  }
  co_return job_failure(FailureReason::kCancelled, "");
}

/// Nothing is left in the ring. Whatever the process wrote before it ended has been read: `exit_`
/// is set only while `drain` waits.
std::optional<JobFailure> WorkerSession::why_to_stop() const {
  if (source_failure_) return source_failure_;
  if (exit_) return failure_of_exit();
  if (source_.keeps_worker_waiting() || source_.progress() != progress_seen_) return std::nullopt;
  if (core_.now() - last_sign_ > program_.silence_max) {
    return hung("no sign of life", program_.silence_max);
  }
  if (core_.now() - last_work_ > program_.report_gap_max) {
    return hung("no report, while it used the CPU", program_.report_gap_max);
  }
  return std::nullopt;
}

JobFailure WorkerSession::failure_of_exit() const {
  if (exit_->signal == SIGXCPU) {
    return {.reason = FailureReason::kOutOfTime, .detail = "limit of CPU seconds"};
  }
  if (exit_->signal == SIGKILL) {
    return {.reason = FailureReason::kCrashed,
            .detail = "killed from outside, perhaps by the kernel for lack of memory"};
  }
  if (exit_->signal != 0) {
    const char* name = ::sigabbrev_np(exit_->signal);
    return {.reason = FailureReason::kCrashed,
            .detail = fmt::format("ended by SIG{}", name == nullptr ? "?" : name)};
  }
  return {.reason = FailureReason::kExitedEarly,
          .detail = fmt::format("exit status {} without a verdict", exit_->code)};
}

/// One record. Yields the verdict when it was the last one.
Task<std::optional<JobResult>> WorkerSession::deliver() {
  auto report = check_.accept(record_, core_.now() - began_);
  if (!report) co_return job_failure(FailureReason::kMalformedReport, report.error().what);
  if (std::holds_alternative<JobDone>(*report)) {
    if (source_.may_end()) co_return JobResult{};
    co_return job_failure(FailureReason::kMalformedReport, "done before the source has ended");
  }
  if (auto* failure = std::get_if<JobFailure>(&*report)) {
    co_return JobResult(std::unexpected(std::move(*failure)));
  }
  const bool only_alive = std::holds_alternative<Alive>(*report);
  const auto taken = co_await hand_over(*report);
  if (!taken) {
    if (stop_.requested()) co_return job_failure(FailureReason::kCancelled, "");
    auto failure = job_failure(taken.error());
    failure.error().reason = taken.error().code == core::ErrorCode::kNoSpace
                                 ? FailureReason::kDiskShort
                                 : FailureReason::kOutputFailed;
    co_return failure;
  }
  if (++turns_without_pause_ % kReportsInARow == 0) {
    static_cast<void>(co_await core::io::Sleep(core_, std::chrono::nanoseconds{0}, &stop_));
  }
  if (only_alive) {
    note_sign_of_life();
  } else {
    note_work();
  }
  co_return std::nullopt;
}

Task<Result<>> WorkerSession::hand_over(const Report& report) {
  return std::visit(
      Overloaded{
          [this](const SeekRequest& seek) {
            source_.seek(seek);
            return done();
          },
          [this](const ProbeReport& probe) { return output_.on_probe(probe); },
          [this](const SourceLength& length) { return output_.on_source_length(length); },
          [this](const CheckedTrack& track) { return output_.on_track(track); },
          [this](const CheckedFragment& fragment) { return output_.on_fragment(fragment); },
          [this](const CheckedPart& part) { return output_.on_part(part); },
          [this](const Notice& notice) { return output_.on_notice(notice); },
          [this](const TrackEnd& end) { return output_.on_track_done(end.track); },
          [this](const ImageReport& image) { return output_.on_image(image); },
          [this](const Progress& progress) { return output_.on_progress(progress); },
          [this](const ValidationReport& report_of) { return output_.on_validation(report_of); },
          [this](const ExportBytes& exported) { return output_.on_export(exported.bytes); },
          [this](const LogLine& line) { return output_.on_log(line); },
          [](const Alive&) { return done(); },
          [](const JobDone&) { return done(); },
          [](const JobFailure&) { return done(); },
      },
      report);
}

void WorkerSession::note_sign_of_life() noexcept {
  last_sign_ = core_.now();
  futile_ring_count_ = 0;
}

void WorkerSession::note_work() noexcept {
  note_sign_of_life();
  last_work_ = last_sign_;
}

Task<void> WorkerSession::listen(core::Gate::Pass /*pass*/) {
  while (!stop_.requested()) {
    const auto ready =
        co_await core::io::Poll(core_.ring(), memory_.server_bell.fd(), POLLIN, &stop_);
    if (!ready) break;
    memory_.server_bell.clear();
    wake_.set();
    source_.wake();
    if (++futile_ring_count_ > kFutileRingsInARow) {
      static_cast<void>(co_await core::io::Sleep(core_, std::chrono::nanoseconds{0}, &stop_));
    }
  }
}

Task<void> WorkerSession::feed(core::Gate::Pass /*pass*/) {
  source_failure_ = co_await source_.run(down_, stop_);
  wake_.set();
}

Task<void> WorkerSession::watch_process(core::Gate::Pass /*pass*/) {
  // Without a cancellation: the end of the process ends this wait, and `run` sees to that end.
  static_cast<void>(co_await core::io::Poll(core_.ring(), process_->pidfd(), POLLIN));
  const auto status = process_->reap();
  exit_ = status && *status ? **status : core::ExitStatus{.code = 0, .signal = SIGKILL};
  wake_.set();
}

Task<void> WorkerSession::watch_silence(core::Gate::Pass /*pass*/) {
  const auto interval = std::min(program_.silence_max, program_.report_gap_max) / 8;
  while (co_await core::io::Sleep(core_, interval, &stop_)) {
    if (source_.progress() != progress_seen_ || source_.keeps_worker_waiting()) {
      progress_seen_ = source_.progress();
      note_work();
    }
    wake_.set();
  }
}

namespace {

/// What a session needs of its caller, who keeps all of it until the session has ended.
struct SessionParts {
  core::ControlThread& control;
  const WorkerProgram& program;
  const JobSpec& spec;
  JobFeed& source;
  JobOutput& output;
};

Task<JobResult> run_session(const SessionParts& parts, core::Cancellation* cancellation) {
  auto memory = SessionMemory::create();
  if (!memory) co_return job_failure(FailureReason::kNotStarted, memory.error().what);
  WorkerSession session(std::move(*memory), parts.spec, parts.source, parts.output, parts.program);
  const core::Command command = session.command();
  auto process = co_await parts.control.run([&command] { return core::Process::start(command); });
  if (!process) {
    const core::Error& error = process.error();
    co_return job_failure(FailureReason::kNotStarted,
                          fmt::format("{} {}: {}", error.what, parts.program.executable,
                                      error.os_errno == 0 ? core::to_string(error.code)
                                                          : std::strerror(error.os_errno)));
  }
  co_return co_await session.run(std::move(*process), cancellation);
}

}  // namespace

Task<JobResult> run_job(core::ControlThread& control, WorkerProgram program, JobSpec spec,
                        std::vector<SourceSlice> source, JobOutput& output,
                        core::Cancellation* cancellation) {
  spec.source_size = 0;
  for (const SourceSlice& slice : source) spec.source_size += slice.size;
  SourceFeed feed(std::move(source));
  const SessionParts parts{
      .control = control, .program = program, .spec = spec, .source = feed, .output = output};
  co_return co_await run_session(parts, cancellation);
}

Task<JobResult> run_live_job(core::ControlThread& control, WorkerProgram program, JobSpec spec,
                             LiveFeed& feed, JobOutput& output, core::Cancellation* cancellation) {
  spec.kind = JobKind::kLive;
  // A stream lasts for weeks, and its worker with it.
  spec.limits.cpu_seconds_max = kCpuSecondsUnlimited;
  const SessionParts parts{
      .control = control, .program = program, .spec = spec, .source = feed, .output = output};
  JobResult result = co_await run_session(parts, cancellation);
  feed.close();  // Where there was no session at all.
  co_return result;
}

}  // namespace millrace::media::worker
