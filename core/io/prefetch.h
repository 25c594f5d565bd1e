// Brings a part of a file into the page cache.
#pragma once

#include <fcntl.h>

#include "core/io/pending_op.h"

namespace millrace::core::io {

/// Waits until the bytes [offset, offset + size) have most likely been read from the disk, so that
/// a sendfile of them does not block the core: FADVISE(WILLNEED), which the kernel runs on a worker
/// thread, and linked to it a read of the last byte, which waits for the disk without a thread.
/// Errors: the cancellation's reason, kOs. Source: io_uring_prep_fadvise(3), IOSQE_IO_HARDLINK.
class [[nodiscard]] Prefetch {
 public:
  Prefetch(Ring& ring, int fd, uint64_t offset, uint64_t size,
           Cancellation* cancellation = nullptr) noexcept
      : fd_(fd), offset_(offset), size_(size), op_(ring, cancellation) {
    MR_ASSERT(size > 0);
  }

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* advise = op_.sqe();
    io_uring_prep_fadvise(advise, fd_, offset_, static_cast<off_t>(size_), POSIX_FADV_WILLNEED);
    advise->flags |= IOSQE_IO_HARDLINK;  // The read goes on where advice is refused.
    Ring::address(advise, nullptr);
    // Should the queue be full just here, the link is cut: the read then waits for itself only.
    io_uring_sqe* read = op_.sqe();
    io_uring_prep_read(read, fd_, &last_byte_, 1, offset_ + size_ - 1);
    op_.arm(read, waiter);
  }
  Result<> await_resume() const noexcept { return op_.done("prefetch"); }

 private:
  int fd_;
  uint64_t offset_;
  uint64_t size_;
  std::byte last_byte_{};
  PendingOp op_;
};

}  // namespace millrace::core::io
