// The one thread that may block: the database, process starts, name look-ups.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>

#include "core/remote_call.h"

namespace millrace::core {

/// Runs functions of the cores one after the other. The mutex is held for a push or a pop only, so
/// a core that takes it waits for a few instructions, never for the work itself. Outlives the
/// cores.
class ControlThread {
 public:
  explicit ControlThread(size_t queue_capacity = 1024);
  ~ControlThread();
  ControlThread(const ControlThread&) = delete;
  ControlThread& operator=(const ControlThread&) = delete;

  /// Runs `f` on the control thread and yields what it yields, back on the calling core. `f` is a
  /// plain function and may block. Errors: those of `f`; kOverloaded when the queue is full.
  template <class F>
  Task<detail::CallResult<F>> run(F f);

  /// Takes nothing more: `run` yields kOverloaded from now on. Blocks until what was queued has
  /// run.
  void retire() noexcept;

 private:
  [[nodiscard]] bool enqueue(Mail* mail) noexcept;
  void thread_main() noexcept;

  template <class F>
  class Call;

  const size_t capacity_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Mail*> queue_;
  bool stopping_ = false;
  bool retired_ = false;
  bool busy_ = false;
  std::condition_variable idle_;
  std::thread thread_;
};

template <class F>
class ControlThread::Call final : public Mail {
 public:
  explicit Call(F f) noexcept
      : Mail([](Mail* mail) noexcept {
          auto* call = static_cast<Call*>(mail);
          call->execute();
          call->reply_.send();  // `call` may be gone from here on.
        }),
        f_(std::move(f)),
        reply_(Core::current()) {}

  /// False: the queue is full and nothing was started.
  [[nodiscard]] bool start(ControlThread& control, std::coroutine_handle<> waiter) noexcept {
    reply_.waiter = waiter;
    return control.enqueue(this);
  }
  [[nodiscard]] std::optional<detail::CallResult<F>>& value() noexcept { return value_; }

 private:
  void execute() {
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      f_();
      value_.emplace();
    } else {
      value_.emplace(f_());
    }
  }

  F f_;
  std::optional<detail::CallResult<F>> value_;
  detail::Reply reply_;
};

template <class F>
Task<detail::CallResult<F>> ControlThread::run(F f) {
  static_assert(!detail::kIsCoroutine<F>, "the control thread runs plain functions");
  struct Start {
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> waiter) noexcept {
      return call.start(control, waiter);
    }
    void await_resume() const noexcept {}
    Call<F>& call;
    ControlThread& control;
  };
  Call<F> call(std::move(f));
  Start start{call, *this};
  co_await start;
  if (!call.value()) co_return fail(ErrorCode::kOverloaded, "the control thread's queue is full");
  co_return std::move(*call.value());
}

}  // namespace millrace::core
