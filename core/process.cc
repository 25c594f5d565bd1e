#include "core/process.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace millrace::core {
namespace {

constexpr int kFirstFd = 3;

// posix_spawn's two attribute objects. Their functions fail only without memory or for a descriptor
// below 0, which are bugs here.
class SpawnActions {
 public:
  SpawnActions() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    sigset_t all;
    sigset_t none;
    sigfillset(&all);
    sigemptyset(&none);
    // The server ignores SIGPIPE and its threads block signals; both would be inherited.
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  void open_null(int fd, int flags) {
    posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", flags, 0);
  }
  void duplicate(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }
  void close_from(int fd) { posix_spawn_file_actions_addclosefrom_np(&actions_, fd); }
  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (const std::string& string : strings) out.push_back(const_cast<char*>(string.c_str()));
  out.push_back(nullptr);
  return out;
}

/// Copies of the descriptors above every number they take in the child, so that no dup2 there
/// overwrites one that is still to be moved.
Result<std::vector<UniqueFd>> move_up(const std::vector<int>& fds) {
  std::vector<UniqueFd> copies;
  const int first_free = kFirstFd + static_cast<int>(fds.size());
  for (const int fd : fds) {
    copies.emplace_back(::fcntl(fd, F_DUPFD_CLOEXEC, first_free));
    if (!copies.back()) return os_failure(errno, "F_DUPFD_CLOEXEC");
  }
  return copies;
}

}  // namespace

Result<Process> Process::start(const Command& command) {
  const auto fds = move_up(command.fds);
  if (!fds) return std::unexpected(fds.error());

  SpawnActions spawn;
  spawn.open_null(STDIN_FILENO, O_RDONLY);
  spawn.open_null(STDOUT_FILENO, O_WRONLY);
  if (command.standard_error == Command::StandardError::kDiscarded) {
    spawn.open_null(STDERR_FILENO, O_WRONLY);
  }
  int next = kFirstFd;
  for (const UniqueFd& fd : *fds) spawn.duplicate(fd.get(), next++);
  spawn.close_from(next);

  std::vector<std::string> words{command.executable};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  pid_t pid = 0;
  const int error =
      ::posix_spawn(&pid, command.executable.c_str(), spawn.actions(), spawn.attributes(),
                    pointers(words).data(), pointers(command.environment).data());
  if (error != 0) return os_failure(error, "posix_spawn");

  // The pid cannot be reused before it is waited for, and only this class waits for it.
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) {
    const int open_error = errno;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return os_failure(open_error, "pidfd_open");
  }
  ::fcntl(pidfd.get(), F_SETFD, FD_CLOEXEC);
  return Process(pid, std::move(pidfd));
}

void Process::send_signal(int signal) const noexcept {
  if (!pidfd_ || status_) return;
  // ESRCH: it has just ended by itself.
  ::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0);
}

Result<std::optional<ExitStatus>> Process::reap() noexcept {
  if (status_) return status_;
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG) != 0) {
    return os_failure(errno, "waitid");
  }
  if (info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_EXITED) {
    status_ = ExitStatus{.code = info.si_status, .signal = 0};
  } else {
    status_ = ExitStatus{.code = 0, .signal = info.si_status};
  }
  return status_;
}

void Process::end() noexcept {
  if (!pidfd_ || status_) return;
  send_signal(SIGKILL);
  siginfo_t info{};
  while (::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED) != 0 &&
         errno == EINTR) {
  }
}

Process& Process::operator=(Process&& other) noexcept {
  if (this == &other) return *this;
  end();
  pid_ = other.pid_;
  pidfd_ = std::move(other.pidfd_);
  status_ = other.status_;
  return *this;
}

Process::~Process() { end(); }

}  // namespace millrace::core
