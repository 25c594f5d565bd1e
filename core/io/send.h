// Sends bytes on a connected socket.
#pragma once

#include <sys/socket.h>

#include <span>

#include "core/io/pending_op.h"

namespace millrace::core::io {

/// Sends `bytes`, waiting for room as long as it takes (MSG_WAITALL). Yields how many were sent:
/// fewer than asked only when the peer went away in the middle, so compare. One send at a time per
/// socket: a second may overtake the first. Errors: kClosed, the cancellation's reason, kOs.
/// `flags` may add MSG_MORE. Source: io_uring_prep_send(3).
class [[nodiscard]] Send {
 public:
  Send(Ring& ring, int fd, std::span<const std::byte> bytes, int flags = 0,
       Cancellation* cancellation = nullptr) noexcept
      : fd_(fd), flags_(flags), bytes_(bytes), op_(ring, cancellation) {}

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* sqe = op_.sqe();
    io_uring_prep_send(sqe, fd_, bytes_.data(), bytes_.size(), flags_ | MSG_WAITALL | MSG_NOSIGNAL);
    op_.arm(sqe, waiter);
  }
  Result<size_t> await_resume() const noexcept { return op_.count("send"); }

 private:
  int fd_;
  int flags_;
  std::span<const std::byte> bytes_;
  PendingOp op_;
};

}  // namespace millrace::core::io
