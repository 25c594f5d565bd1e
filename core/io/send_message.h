// Sends several pieces of memory in one call.
#pragma once

#include <sys/socket.h>

#include <span>

#include "core/io/pending_op.h"

namespace millrace::core::io {

/// As Send, for the pieces of `parts` in order (a response's head and its body). The pieces and the
/// array outlive the wait. Source: io_uring_prep_sendmsg(3).
class [[nodiscard]] SendMessage {
 public:
  SendMessage(Ring& ring, int fd, std::span<iovec> parts, int flags = 0,
              Cancellation* cancellation = nullptr) noexcept
      : fd_(fd), flags_(flags), op_(ring, cancellation) {
    message_.msg_iov = parts.data();
    message_.msg_iovlen = parts.size();
  }

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* sqe = op_.sqe();
    io_uring_prep_sendmsg(sqe, fd_, &message_,
                          static_cast<unsigned>(flags_ | MSG_WAITALL | MSG_NOSIGNAL));
    op_.arm(sqe, waiter);
  }
  Result<size_t> await_resume() const noexcept { return op_.count("sendmsg"); }

 private:
  int fd_;
  int flags_;
  msghdr message_{};
  PendingOp op_;
};

}  // namespace millrace::core::io
