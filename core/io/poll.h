// Waits until a descriptor is ready.
#pragma once

#include <poll.h>

#include "core/io/pending_op.h"

namespace millrace::core::io {

/// Yields the ready events (POLLIN, POLLOUT, POLLERR, POLLHUP). A pidfd is POLLIN when its process
/// has ended. Errors: the cancellation's reason, kOs. Source: io_uring_prep_poll_add(3).
class [[nodiscard]] Poll {
 public:
  Poll(Ring& ring, int fd, short events, Cancellation* cancellation = nullptr) noexcept
      : fd_(fd), events_(events), op_(ring, cancellation) {}

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* sqe = op_.sqe();
    io_uring_prep_poll_add(sqe, fd_, static_cast<unsigned>(events_));
    op_.arm(sqe, waiter);
  }
  Result<short> await_resume() const noexcept {
    const Result<size_t> events = op_.count("poll");
    if (!events) return std::unexpected(events.error());
    return static_cast<short>(*events);
  }

 private:
  int fd_;
  short events_;
  PendingOp op_;
};

}  // namespace millrace::core::io
