// Opens a file without blocking the core.
#pragma once

#include <fcntl.h>

#include <string>
#include <utility>

#include "core/io/pending_op.h"
#include "core/unique_fd.h"

namespace millrace::core::io {

/// `flags` as of openat(2); O_CLOEXEC is added. Errors: kNotFound, kNoSpace, kOs.
class [[nodiscard]] OpenAt {
 public:
  OpenAt(Ring& ring, std::string path, int flags, mode_t mode = 0) noexcept
      : path_(std::move(path)), flags_(flags | O_CLOEXEC), mode_(mode), op_(ring, nullptr) {}

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* sqe = op_.sqe();
    io_uring_prep_openat(sqe, AT_FDCWD, path_.c_str(), flags_, mode_);
    op_.arm(sqe, waiter);
  }
  Result<UniqueFd> await_resume() const noexcept {
    const Result<size_t> fd = op_.count("open");
    if (!fd) return std::unexpected(fd.error());
    return UniqueFd(static_cast<int>(*fd));
  }

 private:
  std::string path_;
  int flags_;
  mode_t mode_;
  PendingOp op_;
};

}  // namespace millrace::core::io
