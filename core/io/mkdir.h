// Makes a folder.
#pragma once

#include <fcntl.h>

#include <string>
#include <utility>

#include "core/io/pending_op.h"

namespace millrace::core::io {

/// A folder that exists already is success. Errors: kNotFound (its parent), kNoSpace, kOs.
class [[nodiscard]] Mkdir {
 public:
  Mkdir(Ring& ring, std::string path, mode_t mode = 0755) noexcept
      : path_(std::move(path)), mode_(mode), op_(ring, nullptr) {}

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* sqe = op_.sqe();
    io_uring_prep_mkdirat(sqe, AT_FDCWD, path_.c_str(), mode_);
    op_.arm(sqe, waiter);
  }
  Result<> await_resume() const noexcept {
    const Result<size_t> made = op_.count("mkdir");
    if (!made && made.error().os_errno != EEXIST) return std::unexpected(made.error());
    return {};
  }

 private:
  std::string path_;
  mode_t mode_;
  PendingOp op_;
};

}  // namespace millrace::core::io
