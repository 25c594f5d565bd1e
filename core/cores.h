// The threads that serve, and calls between them.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/core.h"
#include "core/remote_call.h"

namespace millrace::core {

struct CoresOptions {
  /// CPUs to run on, one core each; their number is the number of cores.
  std::vector<unsigned> cpus;
  bool pin = true;  ///< Bind each thread to its CPU.
  CoreOptions core;
};

/// The CPUs that this process may use, in order; never empty.
[[nodiscard]] std::vector<unsigned> allowed_cpus();

/// One thread and one Core for each CPU. The mutex here is taken at start and at stop only.
class Cores {
 public:
  /// What a core does: runs as its first task, when all cores exist; returns soon after
  /// `Core::stopping` is requested.
  using Main = std::function<Task<void>(Cores&, Core&)>;

  /// Starts the threads and, once every Core exists, `main` on each. Errors: kOs of the ring.
  static Result<std::unique_ptr<Cores>> start(CoresOptions options, const Clock& clock, Main main);
  ~Cores();

  [[nodiscard]] size_t size() const noexcept { return threads_.size(); }
  [[nodiscard]] Core& at(size_t index) noexcept { return *cores_[index]; }

  /// Requests `stopping` on every core. Any thread.
  void request_stop() noexcept;
  /// Waits until every core has finished its tasks and ended.
  void join() noexcept;

 private:
  Cores() = default;
  void thread_main(size_t index, const CoresOptions& options, const Clock& clock, const Main& main);
  void serve(Core& core, size_t index) noexcept;

  struct Order;
  std::vector<std::thread> threads_;
  std::vector<Core*> cores_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t ready_ = 0;
  bool go_ = false;
  std::optional<Error> failure_;
  std::vector<bool> quiet_;
  bool all_quiet_ = false;
};

namespace detail {

template <class F>
class CallOnCore final : public Mail {
 public:
  CallOnCore(Core& target, F f) noexcept
      : Mail([](Mail* mail) noexcept {
          auto* call = static_cast<CallOnCore*>(mail);
          call->target_.mailbox().release();
          call->target_.spawn(execute(*call));
        }),
        target_(target),
        f_(std::move(f)),
        reply_(Core::current()) {}

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    reply_.waiter = waiter;
    target_.deliver(this);
  }
  CallResult<F> await_resume() { return std::move(*value_); }

 private:
  static Task<void> execute(CallOnCore& call) {
    call.value_.emplace(co_await invoke(call.f_));
    call.reply_.send();  // `call` may be gone from here on.
  }

  Core& target_;
  F f_;
  std::optional<CallResult<F>> value_;
  Reply reply_;
};

}  // namespace detail

/// Runs `f` on `target`'s thread and yields what it yields, back on the calling core. `f` may be a
/// plain function or return a Task; it lives in the caller's frame, so it may borrow from it what
/// is safe to touch over there. Errors: those of `f`; kOverloaded when the target's mailbox is
/// full.
template <class F>
Task<detail::CallResult<F>> run_on(Core& target, F f) {
  if (&target == &Core::current()) co_return co_await detail::invoke(f);
  if (!target.mailbox().admit()) {
    co_return fail(ErrorCode::kOverloaded, "the mailbox of a core is full");
  }
  detail::CallOnCore<F> call(target, std::move(f));
  co_return co_await call;
}

}  // namespace millrace::core
