// Time that jumps.
#pragma once

#include "core/clock.h"

namespace millrace::sim {

/// The monotonic time only goes forward; what people call the time goes anywhere, as when somebody
/// sets the clock.
class JumpingClock final : public core::Clock {
 public:
  core::MonotonicTime now() const noexcept override { return now_; }
  core::UnixTime unix_now() const noexcept override {
    return core::UnixTime{} + std::chrono::seconds{1'800'000'000} + set_by_ +
           std::chrono::duration_cast<core::UnixTime::duration>(now_.time_since_epoch());
  }
  bool follows_real_time() const noexcept override { return false; }

  void advance(std::chrono::nanoseconds by) noexcept { now_ += by; }
  void set_unix(std::chrono::seconds by) noexcept { set_by_ = by; }
  [[nodiscard]] int64_t now_ms() const noexcept {
    return std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch()).count();
  }

 private:
  core::MonotonicTime now_{std::chrono::seconds{1}};
  std::chrono::seconds set_by_{0};
};

}  // namespace millrace::sim
