// What a core does next, without asking the kernel.
#pragma once

#include <coroutine>

#include "core/intrusive_list.h"

namespace millrace::core {

/// Something to run in the next turn of the loop. Destroying it takes it off the queue.
class Runnable : public ListNode {
 public:
  using Run = void (*)(Runnable*) noexcept;
  explicit Runnable(Run run) noexcept : run_(run) {}
  void run() noexcept { run_(this); }

 private:
  Run run_;
};

/// Resumes a coroutine from the run queue: for those who are woken from inside somebody else's
/// call.
class Resumption final : public Runnable {
 public:
  Resumption() noexcept
      : Runnable(
            [](Runnable* self) noexcept { static_cast<Resumption*>(self)->waiter_.resume(); }) {}
  void set(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }

 private:
  std::coroutine_handle<> waiter_;
};

}  // namespace millrace::core
