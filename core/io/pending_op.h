// What every one-shot awaitable is made of.
#pragma once

#include <cerrno>
#include <coroutine>

#include "core/cancellation.h"
#include "core/ring.h"

namespace millrace::core::io {

/// One SQE in flight and the coroutine that waits for it. A cancellation asks the kernel to end the
/// operation; the waiter is resumed by the CQE in any case, because until then the kernel may use
/// the buffer. It cannot move, and destroying it in flight is a bug.
class PendingOp final : public Op {
 public:
  PendingOp(Ring& ring, Cancellation* cancellation) noexcept
      : Op(&PendingOp::on_complete), ring_(ring), cancellation_(cancellation), hook_(*this) {}
  ~PendingOp() { MR_ASSERT(!in_flight_); }

  /// For await_ready: a cancelled operation does not start.
  [[nodiscard]] bool refused() noexcept {
    if (cancellation_ == nullptr || !cancellation_->requested()) return false;
    result_ = -ECANCELED;
    return true;
  }
  [[nodiscard]] io_uring_sqe* sqe() noexcept { return ring_.next_sqe(); }
  void arm(io_uring_sqe* sqe, std::coroutine_handle<> waiter) noexcept {
    Ring::address(sqe, this);
    waiter_ = waiter;
    in_flight_ = true;
    if (cancellation_ != nullptr) cancellation_->add(hook_);
  }
  [[nodiscard]] bool in_flight() const noexcept { return in_flight_; }

  /// The CQE's count, or its error; a cancelled one carries the cancellation's reason.
  [[nodiscard]] Result<size_t> count(const char* what) const noexcept {
    if (result_ >= 0) return static_cast<size_t>(result_);
    if (result_ == -ECANCELED && cancellation_ != nullptr && cancellation_->requested()) {
      return cancellation_->error();
    }
    return os_failure(-result_, what);
  }

  /// The same, for operations that count nothing.
  [[nodiscard]] Result<> done(const char* what) const noexcept {
    const Result<size_t> counted = count(what);
    if (!counted) return std::unexpected(counted.error());
    return {};
  }

 private:
  class Hook final : public CancelHook {
   public:
    explicit Hook(PendingOp& op) noexcept
        : CancelHook([](CancelHook* hook) noexcept {
            PendingOp& op_of = static_cast<Hook*>(hook)->op_;
            op_of.ring_.cancel(&op_of);
          }),
          op_(op) {}

   private:
    PendingOp& op_;
  };

  static void on_complete(Op* self, int32_t result, uint32_t /*flags*/) noexcept {
    auto* op = static_cast<PendingOp*>(self);
    op->hook_.unlink();
    op->in_flight_ = false;
    op->result_ = result;
    op->waiter_.resume();
  }

  Ring& ring_;
  Cancellation* cancellation_;
  Hook hook_;
  std::coroutine_handle<> waiter_;
  int32_t result_ = 0;
  bool in_flight_ = false;
};

}  // namespace millrace::core::io
