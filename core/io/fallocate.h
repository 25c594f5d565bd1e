// Reserves, or gives back, space of a file.
#pragma once

#include <fcntl.h>

#include "core/io/pending_op.h"

namespace millrace::core::io {

/// `mode` as of fallocate(2): 0, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE.
/// Errors: kNoSpace, kOs (EOPNOTSUPP where the file system cannot).
class [[nodiscard]] Fallocate {
 public:
  Fallocate(Ring& ring, int fd, int mode, uint64_t offset, uint64_t size) noexcept
      : fd_(fd), mode_(mode), offset_(offset), size_(size), op_(ring, nullptr) {}

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* sqe = op_.sqe();
    io_uring_prep_fallocate(sqe, fd_, mode_, static_cast<off_t>(offset_),
                            static_cast<off_t>(size_));
    op_.arm(sqe, waiter);
  }
  Result<> await_resume() const noexcept { return op_.done("fallocate"); }

 private:
  int fd_;
  int mode_;
  uint64_t offset_;
  uint64_t size_;
  PendingOp op_;
};

}  // namespace millrace::core::io
