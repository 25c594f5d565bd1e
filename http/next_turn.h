// Letting others go first.
#pragma once

#include <coroutine>

#include "core/core.h"
#include "core/run_queue.h"

namespace millrace::http {

/// Lets everything else that is ready on this core run first.
class [[nodiscard]] NextTurn {
 public:
  explicit NextTurn(core::Core& core) noexcept : core_(core) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    resumption_.set(waiter);
    core_.schedule(resumption_);
  }
  void await_resume() const noexcept {}

 private:
  core::Core& core_;
  core::Resumption resumption_;
};

}  // namespace millrace::http
