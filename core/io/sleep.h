// Waits for a time to pass.
#pragma once

#include <chrono>
#include <coroutine>

#include "core/cancellation.h"
#include "core/core.h"
#include "core/timers.h"

namespace millrace::core::io {

/// Coarse: one tick late at most (Timers). Errors: only the cancellation's reason.
class [[nodiscard]] Sleep {
 public:
  Sleep(Core& core, std::chrono::nanoseconds duration,
        Cancellation* cancellation = nullptr) noexcept
      : core_(core),
        duration_(duration),
        cancellation_(cancellation),
        timer_(*this),
        hook_(*this) {}

  bool await_ready() const noexcept {
    return cancellation_ != nullptr && cancellation_->requested();
  }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    resumption_.set(waiter);
    core_.timers().set(timer_, core_.now() + duration_);
    if (cancellation_ != nullptr) cancellation_->add(hook_);
  }
  Result<> await_resume() const noexcept {
    if (!passed_) return cancellation_->error();
    return {};
  }

 private:
  class Alarm final : public Timer {
   public:
    explicit Alarm(Sleep& sleep) noexcept
        : Timer([](Timer* timer) noexcept {
            Sleep& self = static_cast<Alarm*>(timer)->sleep_;
            self.passed_ = true;
            self.hook_.unlink();
            self.core_.schedule(self.resumption_);
          }),
          sleep_(sleep) {}

   private:
    Sleep& sleep_;
  };
  class Hook final : public CancelHook {
   public:
    explicit Hook(Sleep& sleep) noexcept
        : CancelHook([](CancelHook* hook) noexcept {
            Sleep& self = static_cast<Hook*>(hook)->sleep_;
            self.timer_.unlink();
            self.core_.schedule(self.resumption_);
          }),
          sleep_(sleep) {}

   private:
    Sleep& sleep_;
  };

  Core& core_;
  std::chrono::nanoseconds duration_;
  Cancellation* cancellation_;
  bool passed_ = false;
  Alarm timer_;
  Hook hook_;
  Resumption resumption_;
};

}  // namespace millrace::core::io
