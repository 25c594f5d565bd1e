// Waiting until a live stream has something.
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>

#include "core/cancellation.h"
#include "core/clock.h"
#include "core/intrusive_list.h"
#include "core/run_queue.h"
#include "media/live/live_shelf.h"
#include "media/live/reload_directives.h"

namespace millrace::media::live {

/// `co_await LiveWait(…)`: until `awaited` is reached, at the latest three target durations (DD-07,
/// LH-02). A node in a list of its stream, in the frame of whoever waits: no thread, no timer and
/// no allocation of its own. Yields an error: kTimeout; kGone, the stream was removed; kOverloaded,
/// too many wait; the reason of the cancellation, at once when a client leaves (DD-09).
class [[nodiscard]] LiveWait final : public core::ListNode {
 public:
  /// For a rendition. All that is borrowed outlives the wait.
  LiveWait(LiveShelf& shelf, ShelvedStream& stream, size_t rendition, Awaited awaited,
           core::Cancellation& cancellation) noexcept
      : LiveWait(shelf, stream, &stream.waiters(rendition), cancellation) {
    awaited_ = awaited;
  }
  /// For the multivariant playlist.
  LiveWait(LiveShelf& shelf, ShelvedStream& stream, core::Cancellation& cancellation) noexcept
      : LiveWait(shelf, stream, &stream.waiters_for_start(), cancellation) {}
  LiveWait(const LiveWait&) = delete;
  LiveWait& operator=(const LiveWait&) = delete;

  bool await_ready() noexcept;
  void await_suspend(std::coroutine_handle<> waiter) noexcept;
  core::Result<> await_resume() const noexcept { return outcome_; }

  [[nodiscard]] const Awaited& awaited() const noexcept { return awaited_; }
  [[nodiscard]] core::MonotonicTime deadline() const noexcept { return deadline_; }
  /// Once, while it is in its list.
  void end(core::Result<> outcome) noexcept;

 private:
  class Hook final : public core::CancelHook {
   public:
    explicit Hook(LiveWait& wait) noexcept;
    LiveWait& wait;
  };

  LiveWait(LiveShelf& shelf, ShelvedStream& stream, core::IntrusiveList<LiveWait>* list,
           core::Cancellation& cancellation) noexcept;

  LiveShelf& shelf_;
  ShelvedStream& stream_;
  core::IntrusiveList<LiveWait>* list_;
  core::Cancellation& cancellation_;
  Awaited awaited_;
  core::MonotonicTime deadline_;
  core::Result<> outcome_;
  Hook hook_;
  core::Resumption resumption_;
};

}  // namespace millrace::media::live
