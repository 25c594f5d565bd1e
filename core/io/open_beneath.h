// Opens a file below a folder, and nothing outside it, without blocking the core.
#pragma once

#include <fcntl.h>
#include <linux/openat2.h>

#include <string>
#include <utility>

#include "core/io/pending_op.h"
#include "core/unique_fd.h"

namespace millrace::core::io {

/// For reading. No part of `path` and no symbolic link on its way may lead out of `folder`, not
/// even to come back: the kernel checks each step, so that a rename meanwhile changes nothing. The
/// descriptor is non-blocking, because a FIFO would else hold the open until somebody writes to it;
/// for a regular file that flag has to be taken off before it is read through a ring.
/// Errors: kNotFound, kOs (EXDEV: it leads outside; ELOOP; ENOTDIR; EACCES). Source: openat2(2).
class [[nodiscard]] OpenBeneath {
 public:
  OpenBeneath(Ring& ring, int folder, std::string path) noexcept
      : folder_(folder), path_(std::move(path)), op_(ring, nullptr) {
    how_.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    how_.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  }

  bool await_ready() noexcept { return op_.refused(); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept {
    io_uring_sqe* sqe = op_.sqe();
    io_uring_prep_openat2(sqe, folder_, path_.c_str(), &how_);
    op_.arm(sqe, waiter);
  }
  Result<UniqueFd> await_resume() const noexcept {
    const Result<size_t> fd = op_.count("open");
    if (!fd) return std::unexpected(fd.error());
    return UniqueFd(static_cast<int>(*fd));
  }

 private:
  int folder_;
  std::string path_;
  open_how how_{};
  PendingOp op_;
};

}  // namespace millrace::core::io
