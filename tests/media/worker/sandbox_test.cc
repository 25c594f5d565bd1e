#include "media/worker/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <thread>

namespace millrace::media::worker {
namespace {

constexpr int kAllowed = 0;
// Added to what a body returns, so that an exit status of somebody else is not taken for an errno.
constexpr int kBias = 64;

/// Runs `body` in a child process inside the sandbox; yields what it returned, or minus the signal
/// that ended it.
template <class Body>
int in_sandbox(Body body, uint32_t cpu_seconds_max = 60) {
  const pid_t child = ::fork();
  if (child == 0) {
    const SandboxLimits limits{.memory_size_max = 1U << 30,
                               .cpu_seconds_max = cpu_seconds_max,
                               .fd_end = STDERR_FILENO + 1};
    if (!enter_sandbox(limits)) ::_exit(kBias - 1);
    ::_exit(kBias + body());
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) - kBias : -WTERMSIG(status);
}

/// The errno of a call that failed, kAllowed when it did not.
int error_of(long result) { return result < 0 ? errno : kAllowed; }

TEST(Sandbox, OpensNoFileByAnyCall) {
  EXPECT_EQ(in_sandbox([] { return error_of(::open("/etc/passwd", O_RDONLY)); }), EPERM);
  EXPECT_EQ(in_sandbox([] { return error_of(::syscall(SYS_open, "/etc/passwd", O_RDONLY)); }),
            EPERM);
  EXPECT_EQ(in_sandbox([] { return error_of(::creat("/tmp/x", 0600)); }), EPERM);
  EXPECT_EQ(in_sandbox([] {
              struct stat status{};
              return error_of(::stat("/etc/passwd", &status));
            }),
            EPERM);
  EXPECT_EQ(in_sandbox([] { return error_of(::unlink("/tmp/x")); }), EPERM);
  EXPECT_EQ(in_sandbox([] { return error_of(::memfd_create("x", 0)); }), EPERM);
}

TEST(Sandbox, MakesNoSocketAndNoRing) {
  EXPECT_EQ(in_sandbox([] { return error_of(::socket(AF_INET, SOCK_STREAM, 0)); }), EPERM);
  EXPECT_EQ(in_sandbox([] { return error_of(::socket(AF_UNIX, SOCK_STREAM, 0)); }), EPERM);
  EXPECT_EQ(in_sandbox([] {
              io_uring_params params{};
              return error_of(::syscall(SYS_io_uring_setup, 8, &params));
            }),
            EPERM);
}

TEST(Sandbox, StartsNoProgramAndNoProcess) {
  EXPECT_EQ(in_sandbox([] {
              std::array<char*, 1> none{nullptr};
              return error_of(::execve("/bin/true", none.data(), none.data()));
            }),
            EPERM);
  EXPECT_EQ(in_sandbox([] { return error_of(::syscall(SYS_fork)); }), EPERM);
  EXPECT_EQ(in_sandbox([] { return error_of(::syscall(SYS_vfork)); }), EPERM);
  EXPECT_EQ(in_sandbox([] { return error_of(::syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0)); }), EPERM);
  EXPECT_EQ(in_sandbox([] { return error_of(::syscall(SYS_clone3, nullptr, 0)); }), ENOSYS);
}

TEST(Sandbox, TouchesNoOtherProcess) {
  EXPECT_EQ(in_sandbox([] { return error_of(::kill(::getppid(), 0)); }), EPERM);
  EXPECT_EQ(in_sandbox([] { return error_of(::syscall(SYS_tgkill, ::getppid(), ::getppid(), 0)); }),
            EPERM);
  EXPECT_EQ(
      in_sandbox([] { return error_of(::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr)); }),
      EPERM);
}

TEST(Sandbox, MakesNoCodeOutOfMemory) {
  const auto map = [](int protection) {
    return ::mmap(nullptr, 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  };
  EXPECT_EQ(in_sandbox([map] { return map(PROT_READ | PROT_EXEC) == MAP_FAILED ? errno : 0; }),
            EPERM);
  EXPECT_EQ(in_sandbox([map] {
              void* page = map(PROT_READ | PROT_WRITE);
              return error_of(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
            }),
            EPERM);
}

// The server's bells share their open file descriptions with the worker: were they made blocking, a
// core could be stopped by not reading them.
TEST(Sandbox, ChangesNoFlagOfADescriptor) {
  EXPECT_EQ(in_sandbox([] { return error_of(::fcntl(STDERR_FILENO, F_SETFL, 0)); }), EPERM);
  EXPECT_EQ(in_sandbox([] {
              int off = 0;
              return error_of(::ioctl(STDERR_FILENO, FIONBIO, &off));
            }),
            EPERM);
}

TEST(Sandbox, LiftsNoLimit) {
  EXPECT_EQ(in_sandbox([] {
              const rlimit more{.rlim_cur = 100, .rlim_max = 100};
              return error_of(::setrlimit(RLIMIT_NOFILE, &more));
            }),
            EPERM);
}

TEST(Sandbox, LetsThreadsWorkAndSleepAndTakeMemory) {
  EXPECT_EQ(in_sandbox([] {
              std::atomic<int> sum{0};
              std::vector<std::thread> threads;
              for (int i = 0; i < 8; ++i) {
                threads.emplace_back([&sum] {
                  std::vector<char> memory(8 << 20, 'x');
                  std::this_thread::yield();
                  sum += memory.back() == 'x' ? 1 : 0;
                });
              }
              for (std::thread& thread : threads) thread.join();
              return sum == 8 ? kAllowed : 1;
            }),
            kAllowed);
}

// Encoders size their thread pools by it.
TEST(Sandbox, StillKnowsHowManyCpusThereAre) {
  const long before = ::sysconf(_SC_NPROCESSORS_ONLN);
  EXPECT_EQ(in_sandbox([] { return static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN)); }), before);
}

TEST(Sandbox, BindsThreadsThatStartLater) {
  EXPECT_EQ(in_sandbox([] {
              int error = 0;
              std::thread([&error] { error = error_of(::open("/", O_RDONLY)); }).join();
              return error;
            }),
            EPERM);
}

TEST(Sandbox, ClosesEveryOtherDescriptor) {
  const int kept = ::eventfd(0, EFD_CLOEXEC);
  ASSERT_GT(kept, STDERR_FILENO);
  EXPECT_EQ(in_sandbox([kept] {
              uint64_t one = 1;
              return error_of(::write(kept, &one, sizeof one));
            }),
            EBADF);
  ::close(kept);
}

TEST(Sandbox, EndsAJobThatTakesTooMuchTimeWithItsOwnSignal) {
  EXPECT_EQ(in_sandbox(
                [] {
                  for (volatile uint64_t i = 0;; i = i + 1) {
                  }
                  return 1;
                },
                /*cpu_seconds_max=*/1),
            -SIGXCPU);
}

// The grandchild holds the only writing end: end of file means that it has died.
TEST(DieWith, EndsTheWorkerWhenItsServerEnds) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const pid_t server = ::fork();
  if (server == 0) {
    const pid_t self = ::getpid();
    if (::fork() == 0) {
      if (die_with(self)) [[maybe_unused]]
        const ssize_t ready = ::write(pipe[1], "r", 1);
      while (true) ::pause();
    }
    char ready = 0;
    ::_exit(::read(pipe[0], &ready, 1) == 1 ? 0 : 1);
  }
  ::close(pipe[1]);
  int status = 0;
  ASSERT_EQ(::waitpid(server, &status, 0), server);
  ASSERT_EQ(status, 0);
  pollfd poll_fd{.fd = pipe[0], .events = POLLIN, .revents = 0};
  ASSERT_EQ(::poll(&poll_fd, 1, /*timeout=*/60'000), 1) << "the worker survived its server";
  char byte = 0;
  EXPECT_EQ(::read(pipe[0], &byte, 1), 0);
  ::close(pipe[0]);
}

TEST(DieWith, FailsWhereTheServerHasAlreadyGone) {
  const auto bound = die_with(/*parent=*/::getpid());  // Not its parent.
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, core::ErrorCode::kClosed);
}

}  // namespace
}  // namespace millrace::media::worker
