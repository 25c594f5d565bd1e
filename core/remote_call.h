// What calling a function on another thread has in common, whichever thread it is.
#pragma once

#include <coroutine>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/core.h"
#include "core/mailbox.h"
#include "core/result.h"
#include "core/task.h"

namespace millrace::core::detail {

template <class T>
struct Unwrapped {
  using Value = T;
};
template <class T>
struct Unwrapped<Task<T>> {
  using Value = T;
};
template <class T>
struct AsResult {
  using Type = Result<T>;
};
template <class T>
struct AsResult<Result<T>> {
  using Type = Result<T>;
};

/// What `f()` yields in the end, as a Result: T, Result<T>, Task<T> and Task<Result<T>> all give
/// Result<T>.
template <class F>
using CallResult = typename AsResult<typename Unwrapped<std::invoke_result_t<F&>>::Value>::Type;

template <class F>
constexpr bool kIsCoroutine =
    !std::is_same_v<typename Unwrapped<std::invoke_result_t<F&>>::Value, std::invoke_result_t<F&>>;

/// Runs `f` where it stands.
template <class F>
Task<CallResult<F>> invoke(F& f) {
  if constexpr (kIsCoroutine<F>) {
    using Value = typename Unwrapped<std::invoke_result_t<F&>>::Value;
    if constexpr (std::is_void_v<Value>) {
      co_await f();
      co_return CallResult<F>{};
    } else {
      co_return CallResult<F>(co_await f());
    }
  } else if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
    f();
    co_return CallResult<F>{};
  } else {
    co_return CallResult<F>(f());
  }
}

/// The way back: resumes the caller on its own core.
class Reply final : public Mail {
 public:
  explicit Reply(Core& home) noexcept
      : Mail([](Mail* mail) noexcept { static_cast<Reply*>(mail)->waiter.resume(); }),
        home_(home) {}
  void send() noexcept { home_.deliver(this); }
  std::coroutine_handle<> waiter;

 private:
  Core& home_;
};

}  // namespace millrace::core::detail
