// Receives bytes into a buffer of the caller.
#pragma once

#include <span>

#include "core/io/pending_op.h"

namespace millrace::core::io {

/// Waits for bytes on a connected socket. Yields the byte count; 0 means the peer finished sending.
/// Errors: kCancelled or the cancellation's reason, kClosed, kOs. Await once, on the core that owns
/// `ring`. The kernel may write to `buffer` until it is resumed, even after a cancel.
/// Source: io_uring_prep_recv(3).
class [[nodiscard]] Recv {
 public:
  Recv(Ring& ring, int fd, std::span<std::byte> buffer,
       Cancellation* cancellation = nullptr) noexcept
      : fd_(fd), buffer_(buffer), op_(ring, cancellation) {
    MR_ASSERT(!buffer.empty());  // A 0-byte receive would look like the end of the stream.
  }

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* sqe = op_.sqe();
    io_uring_prep_recv(sqe, fd_, buffer_.data(), buffer_.size(), 0);
    op_.arm(sqe, waiter);
  }
  Result<size_t> await_resume() const noexcept { return op_.count("recv"); }

 private:
  int fd_;
  std::span<std::byte> buffer_;
  PendingOp op_;
};

}  // namespace millrace::core::io
