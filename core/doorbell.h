// Waking a thread of another process.
#pragma once

#include <chrono>

#include "core/result.h"
#include "core/unique_fd.h"

namespace millrace::core {

/// An eventfd. It carries no message but "look again": the state is in shared memory. Non-blocking,
/// so that a process which fills the counter or never reads it cannot stop the one who rings. A
/// core waits for it with io::PollIn and then calls `clear`; a thread that may block calls `wait`.
class Doorbell {
 public:
  static Result<Doorbell> create();
  /// One that another process made.
  explicit Doorbell(UniqueFd fd) noexcept : fd_(std::move(fd)) {}

  void ring() const noexcept;
  /// Forgets the rings so far. Yields whether there was one.
  bool clear() const noexcept;
  /// Blocks the thread until it was rung or `timeout` passed. Yields whether it was rung.
  bool wait(std::chrono::milliseconds timeout) const noexcept;
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  UniqueFd fd_;
};

}  // namespace millrace::core
