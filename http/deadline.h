// Ends a wait when a time has passed.
#pragma once

#include <chrono>

#include "core/cancellation.h"
#include "core/core.h"
#include "core/timers.h"

namespace millrace::http {

/// While it lives: requests `target` with kTimeout once `after` has passed.
class Deadline final : public core::Timer {
 public:
  Deadline(core::Core& core, core::Cancellation& target, std::chrono::nanoseconds after) noexcept
      : core::Timer([](core::Timer* timer) noexcept {
          static_cast<Deadline*>(timer)->target_.request(core::ErrorCode::kTimeout);
        }),
        target_(target) {
    core.timers().set(*this, core.now() + after);
  }

 private:
  core::Cancellation& target_;
};

/// How long a peer may keep us waiting for bytes: `stall_timeout`, anew after each
/// `stall_bytes_min` bytes (HT-11). Only time spent waiting counts, so a route may think as long as
/// it likes.
class StallAllowance {
 public:
  StallAllowance(std::chrono::nanoseconds timeout, size_t bytes_min) noexcept
      : timeout_(timeout), bytes_min_(bytes_min), left_(timeout) {}

  std::chrono::nanoseconds left() const noexcept { return left_; }
  void spend(std::chrono::nanoseconds waited) noexcept {
    left_ = waited < left_ ? left_ - waited : std::chrono::nanoseconds::zero();
  }
  void earn(size_t bytes) noexcept {
    bytes_ += bytes;
    if (bytes_ < bytes_min_) return;
    renew();
  }
  /// For what begins anew: the next response, the next event.
  void renew() noexcept {
    bytes_ = 0;
    left_ = timeout_;
  }

 private:
  std::chrono::nanoseconds timeout_;
  size_t bytes_min_;
  std::chrono::nanoseconds left_;
  size_t bytes_ = 0;
};

}  // namespace millrace::http
