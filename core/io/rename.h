// Gives a file another name, atomically.
#pragma once

#include <fcntl.h>

#include <string>
#include <utility>

#include "core/io/pending_op.h"

namespace millrace::core::io {

/// Errors: kNotFound, kNoSpace, kOs. Source: renameat(2).
class [[nodiscard]] Rename {
 public:
  Rename(Ring& ring, std::string from, std::string to) noexcept
      : from_(std::move(from)), to_(std::move(to)), op_(ring, nullptr) {}

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* sqe = op_.sqe();
    io_uring_prep_renameat(sqe, AT_FDCWD, from_.c_str(), AT_FDCWD, to_.c_str(), 0);
    op_.arm(sqe, waiter);
  }
  Result<> await_resume() const noexcept { return op_.done("rename"); }

 private:
  std::string from_;
  std::string to_;
  PendingOp op_;
};

}  // namespace millrace::core::io
