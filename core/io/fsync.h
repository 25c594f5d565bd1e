// Makes a file's bytes survive a power cut.
#pragma once

#include "core/io/pending_op.h"

namespace millrace::core::io {

/// Errors: kNoSpace, kOs (EIO: what was written before may be lost). Source:
/// io_uring_prep_fsync(3).
class [[nodiscard]] Fsync {
 public:
  Fsync(Ring& ring, int fd) noexcept : fd_(fd), op_(ring, nullptr) {}

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* sqe = op_.sqe();
    io_uring_prep_fsync(sqe, fd_, 0);
    op_.arm(sqe, waiter);
  }
  Result<> await_resume() const noexcept { return op_.done("fsync"); }

 private:
  int fd_;
  PendingOp op_;
};

}  // namespace millrace::core::io
