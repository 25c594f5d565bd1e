// Asks for a file's size, times and kind.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <string>
#include <utility>

#include "core/io/pending_op.h"

namespace millrace::core::io {

/// By path, from a folder or not, or by descriptor. Yields the basic fields of statx(2).
/// Errors: kNotFound, kOs.
class [[nodiscard]] Statx {
 public:
  Statx(Ring& ring, std::string path) noexcept
      : fd_(AT_FDCWD), path_(std::move(path)), op_(ring, nullptr) {}
  Statx(Ring& ring, int folder, std::string path) noexcept
      : fd_(folder), path_(std::move(path)), op_(ring, nullptr) {}
  Statx(Ring& ring, int fd) noexcept : fd_(fd), op_(ring, nullptr) {}

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* sqe = op_.sqe();
    io_uring_prep_statx(sqe, fd_, path_.c_str(), path_.empty() ? AT_EMPTY_PATH : 0,
                        STATX_BASIC_STATS, &answer_);
    op_.arm(sqe, waiter);
  }
  Result<struct statx> await_resume() const noexcept {
    const Result<size_t> asked = op_.count("statx");
    if (!asked) return std::unexpected(asked.error());
    return answer_;
  }

 private:
  int fd_;
  std::string path_;
  struct statx answer_{};
  PendingOp op_;
};

}  // namespace millrace::core::io
