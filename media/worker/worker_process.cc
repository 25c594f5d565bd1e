#include "media/worker/worker_process.h"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <optional>

#include "core/doorbell.h"
#include "core/shared_memory.h"
#include "core/shm_ring.h"
#include "media/worker/heartbeat.h"
#include "media/worker/live_source.h"
#include "media/worker/records.h"
#include "media/worker/report_writer.h"
#include "media/worker/ring_fds.h"
#include "media/worker/ring_sink.h"
#include "media/worker/ring_source.h"
#include "media/worker/sandbox.h"

namespace millrace::media::worker {
namespace {

using core::Doorbell;
using core::Result;
using core::SharedMemory;
using core::ShmRecord;
using core::UniqueFd;

/// Both rings and their bells, from the descriptors this process was born with.
struct Rings {
  Rings(SharedMemory down, SharedMemory up)
      : down_memory(std::move(down)),
        up_memory(std::move(up)),
        from_server(down_memory.bytes(), server_bell, kSourceReadSize + 4096),
        to_server(up_memory.bytes(), server_bell) {}

  static Result<SharedMemory> attach(int fd) { return SharedMemory::attach(UniqueFd(fd)); }

  SharedMemory down_memory;
  SharedMemory up_memory;
  Doorbell server_bell{UniqueFd(kServerBellFd)};
  Doorbell source_bell{UniqueFd(kSourceBellFd)};
  Doorbell sink_bell{UniqueFd(kSinkBellFd)};
  core::ShmRingReader from_server;
  core::ShmRingWriter to_server;
};

Result<JobSpec> receive_job(Rings& rings, const ServerLink& server) {
  ShmRecord record;
  while (true) {
    const auto got = rings.from_server.try_read(record);
    if (!got) return std::unexpected(got.error());
    if (*got) break;
    if (!rings.from_server.may_sleep()) continue;
    if (const auto waited = server.wait(rings.source_bell); !waited) {
      return std::unexpected(waited.error());
    }
  }
  if (record.type != static_cast<uint32_t>(DownRecord::kJob)) {
    return core::fail(core::ErrorCode::kMalformed, "the first record is not a job");
  }
  return parse_job(record.payload);
}

JobRunners::Run runner_for(const JobRunners& runners, JobKind kind) noexcept {
  switch (kind) {
    case JobKind::kTranscode:
      return runners.transcode;
    case JobKind::kValidate:
      return runners.validate;
    case JobKind::kExportTs:
      return runners.export_ts;
    case JobKind::kLive:
      return runners.live;
  }
  return nullptr;
}

JobResult run_job(const JobRunners& runners, const JobSpec& spec, Source& source, Sink& sink,
                  ReportWriter& reports) {
  const JobRunners::Run run = runner_for(runners, spec.kind);
  if (run == nullptr) return job_failure(FailureReason::kUnsupportedJob, "unknown kind of job");
  // The standard library is the only one here that throws.
  try {
    const Heartbeat heartbeat(reports);
    return run(spec, source, sink);
  } catch (const std::bad_alloc&) {
    return job_failure(FailureReason::kOutOfMemory, "memory limit of the worker");
  } catch (const std::exception& error) {
    return job_failure(FailureReason::kInternal, error.what());
  }
}

Result<> serve(pid_t server_pid, const JobRunners& runners) {
  if (const auto bound = die_with(server_pid); !bound) return bound;
  auto down = Rings::attach(kDownMemoryFd);
  auto up = Rings::attach(kUpMemoryFd);
  if (!down) return std::unexpected(down.error());
  if (!up) return std::unexpected(up.error());
  Rings rings(std::move(*down), std::move(*up));

  const ServerLink server(server_pid);
  const auto spec = receive_job(rings, server);
  if (!spec) return std::unexpected(spec.error());
  const SandboxLimits limits{
      .memory_size_max = spec->limits.memory_size_max,
      .cpu_seconds_max = spec->limits.cpu_seconds_max,
      .priority = spec->kind == JobKind::kLive ? SandboxPriority::kLive : SandboxPriority::kBatch,
      .fd_end = kWorkerFdEnd};
  ReportWriter reports(rings.to_server, rings.sink_bell, server);
  RingSink sink(reports);
  if (const auto entered = enter_sandbox(limits); !entered) {
    return sink.finish(job_failure(FailureReason::kInternal,
                                   fmt::format("sandbox: {}: {}", entered.error().what,
                                               std::strerror(entered.error().os_errno))));
  }
  if (spec->kind == JobKind::kLive) {
    LiveSource source(rings.from_server, rings.source_bell, server);
    return sink.finish(run_job(runners, *spec, source, sink, reports));
  }
  RingSource source(rings.from_server, rings.source_bell, reports, server, spec->source_size);
  return sink.finish(run_job(runners, *spec, source, sink, reports));
}

}  // namespace

int run_worker(const char* argument, const JobRunners& runners) {
  pid_t server_pid = 0;
  const char* end = argument + std::strlen(argument);
  if (std::from_chars(argument, end, server_pid).ptr != end || server_pid <= 0) {
    std::fputs("millrace-worker: started by millrace only; it takes its job from the server\n",
               stderr);
    return 64;  // EX_USAGE
  }
  const auto served = serve(server_pid, runners);
  if (served) return 0;
  std::fprintf(stderr, "millrace-worker: %s: %s\n", served.error().what,
               std::strerror(served.error().os_errno));
  return 70;  // EX_SOFTWARE
}

}  // namespace millrace::media::worker
