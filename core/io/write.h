// Writes to a file at an offset.
#pragma once

#include <span>

#include "core/io/pending_op.h"

namespace millrace::core::io {

/// Yields the bytes written, which may be fewer than given (`write_all` in files.h goes on).
/// Errors: kNoSpace, the cancellation's reason, kOs. Source: io_uring_prep_write(3).
class [[nodiscard]] Write {
 public:
  Write(Ring& ring, int fd, std::span<const std::byte> bytes, uint64_t offset,
        Cancellation* cancellation = nullptr) noexcept
      : fd_(fd), bytes_(bytes), offset_(offset), op_(ring, cancellation) {}

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* sqe = op_.sqe();
    io_uring_prep_write(sqe, fd_, bytes_.data(), static_cast<unsigned>(bytes_.size()), offset_);
    op_.arm(sqe, waiter);
  }
  Result<size_t> await_resume() const noexcept { return op_.count("write"); }

 private:
  int fd_;
  std::span<const std::byte> bytes_;
  uint64_t offset_;
  PendingOp op_;
};

}  // namespace millrace::core::io
