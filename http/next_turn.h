// Letting others go first.
#pragma once

#include <coroutine>

#include "core/core.h"
#include "core/run_queue.h"

namespace millrace::http {

/// Lets whatever has come meanwhile go first: a playlist is answered before a segment goes on.
class [[nodiscard]] NextTurn {
 public:
  explicit NextTurn(core::Core& core) noexcept : core_(core) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    resumption_.set(waiter);
    core_.schedule_last(resumption_);
  }
  void await_resume() const noexcept {}

 private:
  core::Core& core_;
  core::Resumption resumption_;
};

}  // namespace millrace::http
