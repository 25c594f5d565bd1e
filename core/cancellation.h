// Asking work to end before it is finished.
#pragma once

#include "core/intrusive_list.h"
#include "core/result.h"

namespace millrace::core {

/// Links a wait to a Cancellation. `on_cancel` must not destroy anything or resume a coroutine: it
/// asks the ring to cancel, or schedules the waiter on the core's run queue.
class CancelHook : public ListNode {
 public:
  using OnCancel = void (*)(CancelHook*) noexcept;
  explicit CancelHook(OnCancel on_cancel) noexcept : on_cancel_(on_cancel) {}

 private:
  friend class Cancellation;
  OnCancel on_cancel_;
};

/// One request to end, seen by every operation that was given it. Used on one core only; outlives
/// the operations. Once requested it stays requested: an operation that starts later fails at once.
class Cancellation {
 public:
  Cancellation() = default;
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  [[nodiscard]] bool requested() const noexcept { return requested_; }
  [[nodiscard]] ErrorCode reason() const noexcept { return reason_; }
  /// What a cancelled wait yields.
  [[nodiscard]] std::unexpected<Error> error() const noexcept { return fail(reason_, "cancelled"); }

  /// The first reason is kept: kCancelled, kTimeout or kClosed.
  void request(ErrorCode reason = ErrorCode::kCancelled) noexcept {
    if (requested_) return;
    requested_ = true;
    reason_ = reason;
    while (CancelHook* hook = hooks_.pop_front()) hook->on_cancel_(hook);
  }

  void add(CancelHook& hook) noexcept {
    MR_ASSERT(!requested_);
    hooks_.push_back(hook);
  }

 private:
  bool requested_ = false;
  ErrorCode reason_ = ErrorCode::kCancelled;
  IntrusiveList<CancelHook> hooks_;
};

/// Passes a request on to another Cancellation (say, of the core's shutdown to one connection) for
/// as long as it lives.
class CancelLink final : public CancelHook {
 public:
  CancelLink(Cancellation& from, Cancellation& to) noexcept
      : CancelHook([](CancelHook* hook) noexcept {
          auto* link = static_cast<CancelLink*>(hook);
          link->to_.request(link->from_.reason());
        }),
        from_(from),
        to_(to) {
    if (from.requested()) {
      to.request(from.reason());
    } else {
      from.add(*this);
    }
  }

 private:
  Cancellation& from_;
  Cancellation& to_;
};

}  // namespace millrace::core
