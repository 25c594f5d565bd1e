// Counts what is under way, so that shutdown can wait for it.
#pragma once

#include <coroutine>
#include <cstdint>
#include <utility>

#include "core/assert.h"

namespace millrace::core {

/// One core. Source: the idea is Seastar's gate.
class Gate {
 public:
  /// Held while the work goes on.
  class Pass {
   public:
    explicit Pass(Gate& gate) noexcept : gate_(&gate) { ++gate.inside_; }
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->leave();
    }

   private:
    Gate* gate_;
  };

  Gate() = default;
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  ~Gate() { MR_ASSERT(inside_ == 0); }

  [[nodiscard]] Pass enter() noexcept { return Pass(*this); }
  [[nodiscard]] uint32_t inside() const noexcept { return inside_; }

  /// `co_await gate.empty()`: until nothing is inside. One waiter at a time.
  auto empty() noexcept {
    struct Wait {
      bool await_ready() const noexcept { return gate.inside_ == 0; }
      void await_suspend(std::coroutine_handle<> waiter) noexcept {
        MR_ASSERT(!gate.waiter_);
        gate.waiter_ = waiter;
      }
      void await_resume() const noexcept {}
      Gate& gate;
    };
    return Wait{*this};
  }

 private:
  void leave() noexcept {
    --inside_;
    if (inside_ == 0 && waiter_) std::exchange(waiter_, nullptr).resume();
  }

  uint32_t inside_ = 0;
  std::coroutine_handle<> waiter_;
};

}  // namespace millrace::core
