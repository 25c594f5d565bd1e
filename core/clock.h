// Time, real or simulated. Nothing else in the project reads a clock.
#pragma once

#include <chrono>

namespace millrace::core {

using MonotonicTime = std::chrono::steady_clock::time_point;
using UnixTime = std::chrono::system_clock::time_point;

/// `now` never goes backwards; `unix_now` is what people call the time and may jump.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual MonotonicTime now() const noexcept = 0;
  [[nodiscard]] virtual UnixTime unix_now() const noexcept = 0;
  /// Whether waiting in the kernel lets this clock advance.
  [[nodiscard]] virtual bool follows_real_time() const noexcept = 0;
};

class SystemClock final : public Clock {
 public:
  MonotonicTime now() const noexcept override { return std::chrono::steady_clock::now(); }
  UnixTime unix_now() const noexcept override { return std::chrono::system_clock::now(); }
  bool follows_real_time() const noexcept override { return true; }
};

/// Stands still until told to move, so that a test of a minute's wait takes no time. One thread.
class SimulatedClock final : public Clock {
 public:
  MonotonicTime now() const noexcept override { return now_; }
  UnixTime unix_now() const noexcept override {
    return UnixTime{} + std::chrono::duration_cast<UnixTime::duration>(now_.time_since_epoch()) +
           std::chrono::seconds{1'800'000'000};  // Any fixed day; tests print it.
  }
  bool follows_real_time() const noexcept override { return false; }
  void advance(std::chrono::nanoseconds by) noexcept { now_ += by; }

 private:
  MonotonicTime now_{std::chrono::seconds{1}};
};

}  // namespace millrace::core
