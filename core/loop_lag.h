// How long a core lets wait what has become ready.
#pragma once

#include <chrono>
#include <utility>

#include "core/clock.h"

namespace millrace::core {

/// The length of the turns of a loop, averaged over about kMemory of time, where the time between
/// turns counts as none: one long turn on a quiet core is no overload, seconds of them are.
class LoopLag {
 public:
  static constexpr std::chrono::milliseconds kMemory{2000};

  explicit LoopLag(MonotonicTime now) noexcept : last_end_(now) {}

  /// A turn's work, without the time that it waited for something to do.
  void worked(MonotonicTime begin, MonotonicTime end) noexcept;

  [[nodiscard]] std::chrono::microseconds average() const noexcept {
    return std::chrono::duration_cast<std::chrono::microseconds>(average_);
  }
  /// The longest turn since this was asked last.
  [[nodiscard]] std::chrono::nanoseconds take_longest() noexcept {
    return std::exchange(longest_, std::chrono::nanoseconds::zero());
  }

 private:
  MonotonicTime last_end_;
  std::chrono::duration<double> average_{};
  std::chrono::nanoseconds longest_{};
};

}  // namespace millrace::core
