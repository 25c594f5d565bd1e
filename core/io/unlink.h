// Removes a name of a file, or an empty folder.
#pragma once

#include <fcntl.h>

#include <string>
#include <utility>

#include "core/io/pending_op.h"

namespace millrace::core::io {

/// `flags`: 0, or AT_REMOVEDIR. Errors: kNotFound, kOs. Source: unlinkat(2).
class [[nodiscard]] Unlink {
 public:
  Unlink(Ring& ring, std::string path, int flags = 0) noexcept
      : path_(std::move(path)), flags_(flags), op_(ring, nullptr) {}

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* sqe = op_.sqe();
    io_uring_prep_unlinkat(sqe, AT_FDCWD, path_.c_str(), flags_);
    op_.arm(sqe, waiter);
  }
  Result<> await_resume() const noexcept { return op_.done("unlink"); }

 private:
  std::string path_;
  int flags_;
  PendingOp op_;
};

}  // namespace millrace::core::io
