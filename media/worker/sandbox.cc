#include "media/worker/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <iterator>
#include <memory>

namespace millrace::media::worker {
namespace {

using core::ErrorCode;
using core::os_failure;
using core::Result;

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

// Debian 12's <linux/landlock.h> stops at ABI 2; the numbers are the kernel's, from
// include/uapi/linux/landlock.h of Linux 6.12.
constexpr unsigned kLandlockVersion = 1U << 0;
constexpr int kFsRightsByAbi[] = {0, 13, 14, 15, 15, 16};  // How many rights an ABI knows.
constexpr uint64_t kNetBindAndConnect = 3;                 // ABI 4
constexpr uint64_t kScopeAbstractSocketAndSignal = 3;      // ABI 6

struct LandlockRuleset {
  uint64_t handled_fs = 0;
  uint64_t handled_net = 0;
  uint64_t scoped = 0;
};

constexpr int kPipeFds = 2;
constexpr rlim_t kReservedAddressSpace = rlim_t{8} << 30;
constexpr int kNiceOfBatch = 10;
constexpr int kNiceOfLive = 2;
// ioprio_set(2): the best-effort class at its lowest level.
constexpr int kIoPriorityProcess = 1;
constexpr int kIoPriorityBestEffortLowest = (2 << 13) | 7;

Result<> limit(__rlimit_resource_t resource, rlim_t value, const char* what) {
  const rlimit both{.rlim_cur = value, .rlim_max = value};
  if (::setrlimit(resource, &both) != 0) return os_failure(errno, what);
  return {};
}

Result<> set_limits(const SandboxLimits& limits) {
  // SIGXCPU at the soft limit ends the process, and the server reads it from the exit status; at an
  // equal hard limit it would be a SIGKILL, which says nothing.
  const rlimit cpu{.rlim_cur = limits.cpu_seconds_max,
                   .rlim_max = rlim_t{limits.cpu_seconds_max} + 5};
  if (::setrlimit(RLIMIT_CPU, &cpu) != 0) return os_failure(errno, "RLIMIT_CPU");
  if (const auto set = limit(RLIMIT_CORE, 0, "RLIMIT_CORE"); !set) return set;
  if (const auto set = limit(RLIMIT_FSIZE, 0, "RLIMIT_FSIZE"); !set) return set;
  const auto fd_end = static_cast<rlim_t>(limits.fd_end + (kSanitized ? kPipeFds : 0));
  if (const auto set = limit(RLIMIT_NOFILE, fd_end, "RLIMIT_NOFILE"); !set) return set;
  if (kSanitized) return {};  // The shadow alone is 16 TiB of address space.
  if (const auto set = limit(RLIMIT_DATA, limits.memory_size_max, "RLIMIT_DATA"); !set) return set;
  // Address space that is reserved and not written (64 MiB an arena of malloc, 8 MiB a stack) is
  // not memory; this only ends a run-away mapping.
  const rlim_t address_space_max = limits.memory_size_max * 4 + kReservedAddressSpace;
  if (const auto set = limit(RLIMIT_AS, address_space_max, "RLIMIT_AS"); !set) return set;
  return {};
}

Result<> forbid_files() {
  const long abi = ::syscall(SYS_landlock_create_ruleset, nullptr, size_t{0}, kLandlockVersion);
  if (abi < 1) return {};  // Not built in, or switched off at boot.
  constexpr long kNewestAbi = std::ssize(kFsRightsByAbi) - 1;
  const int rights = kFsRightsByAbi[std::min(abi, kNewestAbi)];
  const LandlockRuleset ruleset{
      .handled_fs = (uint64_t{1} << rights) - 1,
      .handled_net = abi >= 4 ? kNetBindAndConnect : 0,
      .scoped = abi >= 6 ? kScopeAbstractSocketAndSignal : 0,
  };
  // An older kernel accepts a longer struct as long as what it does not know is 0.
  const long fd = ::syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0U);
  if (fd < 0) return os_failure(errno, "landlock_create_ruleset");
  const long restricted = ::syscall(SYS_landlock_restrict_self, fd, 0U);
  const int restrict_error = errno;
  ::close(static_cast<int>(fd));
  if (restricted != 0) return os_failure(restrict_error, "landlock_restrict_self");
  return {};
}

struct FilterRelease {
  void operator()(void* filter) const noexcept { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<void, FilterRelease>;

// Memory, threads, time, signals to itself, and reading and writing what is already open.
constexpr int kAllowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(close),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(fstat),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(get_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(membarrier),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getcpu),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(getrandom),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(times),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

// libseccomp's macros for these are C99 compound literals.
scmp_arg_cmp argument_is(unsigned index, scmp_datum_t value) noexcept {
  return {.arg = index, .op = SCMP_CMP_EQ, .datum_a = value, .datum_b = 0};
}
scmp_arg_cmp argument_has(unsigned index, scmp_datum_t bits) noexcept {
  return {.arg = index, .op = SCMP_CMP_MASKED_EQ, .datum_a = bits, .datum_b = bits};
}
scmp_arg_cmp argument_lacks(unsigned index, scmp_datum_t bits) noexcept {
  return {.arg = index, .op = SCMP_CMP_MASKED_EQ, .datum_a = bits, .datum_b = 0};
}

/// Calls that depend on an argument. Yields 0, or what libseccomp says.
int add_conditional_rules(void* filter) {
  const auto allow = [filter](int call, std::initializer_list<scmp_arg_cmp> conditions) {
    return ::seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call,
                                    static_cast<unsigned>(conditions.size()), conditions.begin());
  };
  const auto self = static_cast<scmp_datum_t>(::getpid());
  int failed = 0;
  // No page becomes code.
  failed |= allow(SCMP_SYS(mmap), {argument_lacks(2, PROT_EXEC)});
  failed |= allow(SCMP_SYS(mprotect), {argument_lacks(2, PROT_EXEC)});
  // Threads, not processes. seccomp cannot look into clone3's struct; ENOSYS makes libc use clone.
  failed |= allow(SCMP_SYS(clone), {argument_has(0, CLONE_THREAD)});
  failed |= ::seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
  failed |= allow(SCMP_SYS(tgkill), {argument_is(0, self)});
  failed |= allow(SCMP_SYS(prctl), {argument_is(0, PR_SET_NAME)});
  // The calling thread only, and only downwards: it has no privilege to go up.
  failed |= allow(SCMP_SYS(setpriority), {argument_is(0, PRIO_PROCESS), argument_is(1, 0)});
  failed |= allow(SCMP_SYS(getpriority), {argument_is(0, PRIO_PROCESS), argument_is(1, 0)});
  // Asking for a limit of its own, not setting one.
  failed |= allow(SCMP_SYS(prlimit64), {argument_is(0, 0), argument_is(2, 0)});
  // UBSan writes to a pipe to learn whether an address can be read.
  if (kSanitized) failed |= allow(SCMP_SYS(pipe), {}) | allow(SCMP_SYS(pipe2), {});
  return failed;
}

Result<> forbid_calls() {
  const Filter filter(::seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (filter == nullptr) return core::fail(ErrorCode::kInternal, "seccomp_init");
  int failed = ::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1);
  failed |= add_conditional_rules(filter.get());
  for (const int call : kAllowed) {
    failed |= ::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0);
  }
  if (failed != 0) return core::fail(ErrorCode::kInternal, "seccomp_rule_add");
  if (const int loaded = ::seccomp_load(filter.get()); loaded != 0) {
    return os_failure(-loaded, "seccomp_load");
  }
  return {};
}

}  // namespace

Result<> die_with(pid_t parent) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return os_failure(errno, "PR_SET_PDEATHSIG");
  if (::getppid() != parent) return core::fail(ErrorCode::kClosed, "the server is gone");
  return {};
}

Result<> enter_sandbox(const SandboxLimits& limits) {
  // Both only fail where the process has a lower priority already.
  static_cast<void>(::setpriority(
      PRIO_PROCESS, 0, limits.priority == SandboxPriority::kLive ? kNiceOfLive : kNiceOfBatch));
  ::syscall(SYS_ioprio_set, kIoPriorityProcess, 0, kIoPriorityBestEffortLowest);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return os_failure(errno, "NO_NEW_PRIVS");
  // Not dumpable: another process of the same user cannot attach, and /proc/self belongs to root.
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return os_failure(errno, "PR_SET_DUMPABLE");
  if (::close_range(static_cast<unsigned>(limits.fd_end), ~0U, 0) != 0) {
    return os_failure(errno, "close_range");
  }
  if (const auto forbidden = forbid_files(); !forbidden) return forbidden;
  if (const auto limited = set_limits(limits); !limited) return limited;
  return forbid_calls();
}

}  // namespace millrace::media::worker
