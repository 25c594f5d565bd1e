// Calls to another core that their caller can give up.
#pragma once

#include "core/cancellation.h"
#include "core/cores.h"
#include "core/event.h"

namespace millrace::core {

namespace detail {

/// Carries a request to end to another core, at most once. Mail that no limit counts: there is one
/// for each call that was admitted. Lives on the caller's core; `there` is the other core's.
class CancelRelay final : public CancelHook {
 public:
  CancelRelay(Cancellation& here, Core& target) noexcept
      : CancelHook([](CancelHook* hook) noexcept { static_cast<CancelRelay*>(hook)->send(); }),
        here_(here),
        target_(target),
        out_(*this, [](Mail* mail) noexcept { static_cast<Letter*>(mail)->relay.arrive(); }),
        back_(*this, [](Mail* mail) noexcept { static_cast<Letter*>(mail)->relay.back_home(); }) {
    if (here.requested()) {
      send();
    } else {
      here.add(*this);
    }
  }

  [[nodiscard]] Cancellation& there() noexcept { return there_; }
  /// Until the letter, if one was sent, is back: it lies in this object. To be awaited once the
  /// call has ended.
  Task<void> settle() {
    unlink();
    if (sent_) static_cast<void>(co_await returned_.wait());
  }

 private:
  struct Letter final : Mail {
    Letter(CancelRelay& its, Run run) noexcept : Mail(run), relay(its) {}
    CancelRelay& relay;
  };

  void send() noexcept {
    sent_ = true;
    reason_ = here_.reason();
    target_.deliver(&out_);
  }
  void arrive() noexcept {
    there_.request(reason_);
    home_.deliver(&back_);  // This may be gone from here on.
  }
  void back_home() noexcept { returned_.set(); }

  Cancellation& here_;
  Core& home_ = Core::current();
  Core& target_;
  Cancellation there_;
  ErrorCode reason_ = ErrorCode::kCancelled;
  Letter out_;
  Letter back_;
  bool sent_ = false;
  Event returned_;
};

template <class F>
using CancellableResult =
    typename AsResult<typename Unwrapped<std::invoke_result_t<F&, Cancellation&>>::Value>::Type;

}  // namespace detail

/// As run_on of core/cores.h, with a Cancellation for `f` that belongs to `target` and is requested
/// there soon after `cancellation` is requested here. Yields when `f` has ended, not before.
template <class F>
Task<detail::CancellableResult<F>> run_on(Core& target, Cancellation& cancellation, F f) {
  if (&target == &Core::current()) {
    auto call = [&] { return f(cancellation); };
    co_return co_await detail::invoke(call);
  }
  detail::CancelRelay relay(cancellation, target);
  detail::CancellableResult<F> result =
      co_await run_on(target, [&f, &relay] { return f(relay.there()); });
  co_await relay.settle();
  co_return result;
}

}  // namespace millrace::core
