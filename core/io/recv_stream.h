// The bytes that arrive on one socket, in the core's shared receive buffers.
#pragma once

#include <coroutine>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/cancellation.h"
#include "core/event.h"
#include "core/recv_buffers.h"
#include "core/run_queue.h"

namespace millrace::core::io {

/// A multishot receive: it stays armed while the connection is idle and holds no buffer then. What
/// arrives before it is asked for waits here, up to kQueuedMax buffers (copies, when those of the
/// core get scarce); then the receive is paused and the peer meets TCP's back-pressure. The first
/// one is for once only: after a single request there is nothing to be cancelled. One reader.
/// Source: io_uring_prep_recv_multishot(3).
class RecvStream {
 public:
  static constexpr size_t kQueuedMax = 8;

  RecvStream(Core& core, int fd) noexcept;
  RecvStream(const RecvStream&) = delete;
  RecvStream& operator=(const RecvStream&) = delete;
  ~RecvStream() { MR_ASSERT(!armed_); }

  /// The next bytes; an empty chunk when the peer finished sending. Errors: kClosed (reset), kOs,
  /// the cancellation's reason, after which it may be asked again.
  Task<Result<RecvChunk>> next(Cancellation* cancellation = nullptr);
  /// A chunk that is here already.
  [[nodiscard]] std::optional<RecvChunk> try_next() noexcept;
  /// Schedules `reader`, once, when `next` would not wait; the receive is armed meanwhile. Null:
  /// nobody is told.
  void when_readable(Runnable* reader) noexcept;
  /// Requests `gone` with kClosed as soon as the peer has finished or the socket has failed, once
  /// nothing that it sent is left to read: for an answer that takes long. Null: nobody is told.
  void watch_end(Cancellation* gone) noexcept;
  /// Whether the kernel is asked for bytes, so that the peer's end is noticed when it comes.
  [[nodiscard]] bool is_listening() const noexcept { return armed_ || starved_.linked(); }
  /// Asks it, if nobody does, and there is something to be told.
  void listen() noexcept {
    if (!is_listening() && !ended_) arm();
  }
  /// Ends the receive; done when the kernel will not touch a buffer for it again. Before the socket
  /// is closed and this destroyed.
  Task<void> stop();

 private:
  class Receive final : public Op {
   public:
    explicit Receive(RecvStream& owner) noexcept;
    RecvStream& owner;
  };
  class Starved final : public BufferWaiter {
   public:
    explicit Starved(RecvStream& owner) noexcept;
    RecvStream& owner;
  };

  void arm() noexcept;
  void pause() noexcept;
  void received(int32_t result, uint32_t flags) noexcept;
  void starve() noexcept;
  void tell_end() noexcept;
  void tell_reader() noexcept;
  [[nodiscard]] bool is_readable() const noexcept { return ended_ || !queue_.empty(); }

  Core& core_;
  int fd_;
  bool is_first_ = true;
  bool armed_ = false;
  bool pausing_ = false;
  bool ended_ = false;  // The peer finished, or the socket failed with error_.
  int error_ = 0;       // errno
  Receive receive_;
  Starved starved_;
  Event changed_;
  Cancellation* gone_ = nullptr;
  Runnable* reader_ = nullptr;
  std::vector<RecvChunk> queue_;  // No memory until the first bytes; a few entries at most.
};

}  // namespace millrace::core::io
