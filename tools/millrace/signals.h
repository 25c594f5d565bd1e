// What an operator orders by signal.
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>

namespace millrace {

enum class Order : uint8_t {
  kEnd,         ///< SIGTERM, SIGINT
  kReload,      ///< SIGHUP
  kReopenLogs,  ///< SIGUSR1
  kHandOver,    ///< SIGUSR2: to a new process of the program as it lies on the disk.
};

/// Copied freely. Exactly one thread waits at a time; no other takes a signal.
class Signals {
 public:
  /// Blocks them in the calling thread, and so in every thread that it starts afterwards.
  Signals() noexcept;

  /// The next order. Blocks.
  [[nodiscard]] Order wait() const noexcept;
  /// Empty when there was none within `time`.
  [[nodiscard]] std::optional<Order> wait_for(std::chrono::microseconds time) const noexcept;

 private:
  sigset_t set_;
};

}  // namespace millrace
