#include "media/live/live_wait.h"

namespace millrace::media::live {

LiveWait::Hook::Hook(LiveWait& of) noexcept
    : CancelHook([](CancelHook* hook) noexcept {
        LiveWait& wait = static_cast<Hook*>(hook)->wait;
        wait.end(wait.cancellation_.error());
      }),
      wait(of) {}

LiveWait::LiveWait(LiveShelf& shelf, ShelvedStream& stream, core::IntrusiveList<LiveWait>* list,
                   core::Cancellation& cancellation) noexcept
    : shelf_(shelf), stream_(stream), list_(list), cancellation_(cancellation), hook_(*this) {}

bool LiveWait::await_ready() noexcept {
  if (cancellation_.requested()) {
    outcome_ = cancellation_.error();
    return true;
  }
  outcome_ = shelf_.admit(stream_);
  return !outcome_;
}

void LiveWait::await_suspend(std::coroutine_handle<> waiter) noexcept {
  resumption_.set(waiter);
  deadline_ = shelf_.core_.now() + stream_.patience();
  list_->push_back(*this);
  cancellation_.add(hook_);
}

void LiveWait::end(core::Result<> outcome) noexcept {
  unlink();
  hook_.unlink();
  outcome_ = outcome;
  shelf_.leave(stream_);
  shelf_.core_.schedule(resumption_);
}

}  // namespace millrace::media::live
