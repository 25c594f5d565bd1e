// Reads from a file at an offset.
#pragma once

#include <span>

#include "core/io/pending_op.h"

namespace millrace::core::io {

/// Yields the bytes read: fewer than asked at the end of the file, 0 past it. Never for sockets.
/// Errors: the cancellation's reason, kOs. Source: io_uring_prep_read(3).
class [[nodiscard]] Read {
 public:
  Read(Ring& ring, int fd, std::span<std::byte> buffer, uint64_t offset,
       Cancellation* cancellation = nullptr) noexcept
      : fd_(fd), buffer_(buffer), offset_(offset), op_(ring, cancellation) {}

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* sqe = op_.sqe();
    io_uring_prep_read(sqe, fd_, buffer_.data(), static_cast<unsigned>(buffer_.size()), offset_);
    op_.arm(sqe, waiter);
  }
  Result<size_t> await_resume() const noexcept { return op_.count("read"); }

 private:
  int fd_;
  std::span<std::byte> buffer_;
  uint64_t offset_;
  PendingOp op_;
};

}  // namespace millrace::core::io
