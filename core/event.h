// Waiting for something another coroutine of the same core does.
#pragma once

#include <coroutine>

#include "core/cancellation.h"
#include "core/core.h"
#include "core/run_queue.h"

namespace millrace::core {

/// `notify_all` wakes those who wait now (a condition to look at again); a `set` event lets
/// everyone through until `reset`. Waiters are resumed from the run queue, not inside the call. One
/// core.
class Event {
 public:
  class [[nodiscard]] Wait;

  [[nodiscard]] bool is_set() const noexcept { return set_; }
  void set() noexcept {
    set_ = true;
    notify_all();
  }
  void reset() noexcept { set_ = false; }
  inline void notify_all() noexcept;
  /// Yields Result<>: an error only when `cancellation` was requested.
  inline Wait wait(Cancellation* cancellation = nullptr) noexcept;

 private:
  bool set_ = false;
  IntrusiveList<Wait> waiters_;
};

class [[nodiscard]] Event::Wait final : public ListNode {
 public:
  Wait(Event& event, Cancellation* cancellation) noexcept
      : event_(event), cancellation_(cancellation), hook_(*this) {}

  bool await_ready() const noexcept {
    return event_.set_ || (cancellation_ != nullptr && cancellation_->requested());
  }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    resumption_.set(waiter);
    event_.waiters_.push_back(*this);
    if (cancellation_ != nullptr) cancellation_->add(hook_);
  }
  Result<> await_resume() noexcept {
    if (woken_ || event_.set_) return {};
    return cancellation_->error();
  }
  void wake() noexcept {
    woken_ = true;
    hook_.unlink();
    Core::current().schedule(resumption_);
  }

 private:
  class Hook final : public CancelHook {
   public:
    explicit Hook(Wait& wait) noexcept
        : CancelHook([](CancelHook* hook) noexcept {
            Wait& cancelled = static_cast<Hook*>(hook)->wait_;
            cancelled.unlink();
            Core::current().schedule(cancelled.resumption_);
          }),
          wait_(wait) {}

   private:
    Wait& wait_;
  };

  Event& event_;
  Cancellation* cancellation_;
  bool woken_ = false;
  Hook hook_;
  Resumption resumption_;
};

inline Event::Wait Event::wait(Cancellation* cancellation) noexcept {
  return Wait(*this, cancellation);
}

inline void Event::notify_all() noexcept {
  while (Wait* wait = waiters_.pop_front()) wait->wake();
}

}  // namespace millrace::core
