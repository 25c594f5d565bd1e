// Child processes, each held by a pidfd.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/unique_fd.h"

namespace millrace::core {

struct Command {
  enum class StandardError : uint8_t { kDiscarded, kInherited };

  std::string executable;                ///< A path; PATH is not searched.
  std::vector<std::string> arguments;    ///< Without the name of the program.
  std::vector<std::string> environment;  ///< "NAME=value"; nothing else is inherited.
  std::vector<int> fds;                  ///< Become 3, 4, 5 … in the child. Borrowed.
  StandardError standard_error = StandardError::kDiscarded;
};

struct ExitStatus {
  int code = 0;    ///< Of exit(); 0 where a signal ended it.
  int signal = 0;  ///< 0: it exited by itself.

  bool operator==(const ExitStatus&) const = default;
};

/// A running or finished child, in a process group of its own so that Ctrl-C at the terminal
/// reaches only the parent. It holds the given descriptors, /dev/null as standard input and output,
/// and no other. Destroying it kills the child and waits for it: no zombie and no orphan is left.
class Process {
 public:
  /// Blocks until the program runs (posix_spawn): call it from the control thread. Errors:
  /// kNotFound, kOs (EACCES, EMFILE, EAGAIN).
  static Result<Process> start(const Command& command);

  Process(Process&& other) noexcept = default;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  /// Becomes readable when the child has ended: wait with io::PollIn, then `reap`.
  [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  void send_signal(int signal) const noexcept;
  /// How it ended, nullopt while it runs. Never blocks. The status is kept, so that it may be asked
  /// again. Errors: kOs.
  Result<std::optional<ExitStatus>> reap() noexcept;

 private:
  Process(pid_t pid, UniqueFd pidfd) noexcept : pid_(pid), pidfd_(std::move(pidfd)) {}
  void end() noexcept;

  pid_t pid_ = 0;
  UniqueFd pidfd_;
  std::optional<ExitStatus> status_;
};

}  // namespace millrace::core
