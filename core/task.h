// A coroutine that yields one value to the one who awaits it.
#pragma once

#include <coroutine>
#include <optional>
#include <utility>

#include "core/assert.h"
#include "core/frame_pool.h"

namespace millrace::core {

template <class T>
class Task;

namespace detail {

/// What promises share: where to go on afterwards, and the pooled frame.
class TaskPromiseCore {
 public:
  static void* operator new(std::size_t size) { return allocate_frame(size); }
  static void operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }

  std::suspend_always initial_suspend() noexcept { return {}; }
  auto final_suspend() noexcept {
    struct ResumeWaiter {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept { return waiter; }
      void await_resume() noexcept {}
      std::coroutine_handle<> waiter;
    };
    return ResumeWaiter{waiter_ ? waiter_ : std::noop_coroutine()};
  }
  [[noreturn]] void unhandled_exception() noexcept {
    assertion_failed("a coroutine let an exception out", __FILE__, __LINE__);
  }
  void set_waiter(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }

 private:
  std::coroutine_handle<> waiter_;
};

template <class T>
class TaskPromise : public TaskPromiseCore {
 public:
  Task<T> get_return_object() noexcept;
  template <class U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
};

template <>
class TaskPromise<void> : public TaskPromiseCore {
 public:
  Task<void> get_return_object() noexcept;
  void return_void() noexcept {}
  void take() noexcept {}
};

}  // namespace detail

/// Lazy: nothing runs until it is awaited, and it is awaited once, by its owner, on the core where
/// it runs. Destroying a task that was not awaited is harmless; destroying one that is suspended in
/// the middle is a bug unless everything it waits for may be destroyed (no operation in flight).
/// Reference parameters are safe when the caller awaits the task in the same expression; a task
/// given to Core::spawn takes values.
template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::TaskPromise<T>;
  using value_type = T;

  explicit Task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (frame_) frame_.destroy();
      frame_ = std::exchange(other.frame_, nullptr);
    }
    return *this;
  }
  ~Task() {
    if (frame_) frame_.destroy();
  }

  auto operator co_await() && noexcept {
    struct Await {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) noexcept {
        frame.promise().set_waiter(waiter);
        return frame;
      }
      T await_resume() { return frame.promise().take(); }
      std::coroutine_handle<promise_type> frame;
    };
    MR_ASSERT(frame_ && !frame_.done());
    return Await{frame_};
  }

  /// Whether it ran to its end; for a task started by hand in a test.
  [[nodiscard]] bool done() const noexcept { return frame_ && frame_.done(); }

 private:
  std::coroutine_handle<promise_type> frame_;
};

template <class T>
Task<T> detail::TaskPromise<T>::get_return_object() noexcept {
  return Task<T>(std::coroutine_handle<TaskPromise<T>>::from_promise(*this));
}

inline Task<void> detail::TaskPromise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<TaskPromise<void>>::from_promise(*this));
}

}  // namespace millrace::core
