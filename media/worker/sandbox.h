// What a worker gives up before it looks at the first byte of somebody's file.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "core/result.h"

namespace millrace::media::worker {

/// Asks the kernel to kill this process when the thread that started it ends. kClosed: `parent` had
/// already gone. Source: prctl(2), PR_SET_PDEATHSIG.
core::Result<> die_with(pid_t parent);

enum class SandboxPriority : uint8_t {
  kBatch,  ///< After everything else.
  kLive,   ///< A viewer waits for it: before batch jobs, after the server.
};

struct SandboxLimits {
  uint64_t memory_size_max = 0;  ///< Writable private memory.
  uint32_t cpu_seconds_max = 0;
  SandboxPriority priority = SandboxPriority::kBatch;
  int fd_end = 0;  ///< Descriptors from this number on are closed, and none can be opened.
};

/// For the rest of this process's life: no new privileges, no file (Landlock, RLIMIT_NOFILE), no
/// socket, no other program, no signal to another process, no io_uring; memory and CPU time
/// bounded, no core dump, lower CPU and disk priority; a thread may lower its own further. Threads,
/// memory and the descriptors it has go on working. A forbidden call fails with EPERM, so that a
/// library that only tries (a CPU count from /sys, say) goes on. Call it while there is one thread.
/// Errors: kOs; the process must then not go on.
///
/// seccomp does not see what io_uring does, so io_uring_setup is among the forbidden calls;
/// Landlock holds where seccomp could not look at a path. A kernel without Landlock is accepted: no
/// call that takes a path is allowed in any case.
core::Result<> enter_sandbox(const SandboxLimits& limits);

}  // namespace millrace::media::worker
