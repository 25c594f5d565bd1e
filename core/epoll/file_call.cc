#include "core/epoll/file_call.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "core/assert.h"

namespace millrace::core::epoll {
namespace {

const char* path_at(uint64_t address) noexcept { return reinterpret_cast<const char*>(address); }

/// As the system call gave it: -1 and errno, or a result.
ssize_t call_once(const io_uring_sqe& sqe) noexcept {
  const auto offset = static_cast<off_t>(sqe.off);
  switch (sqe.opcode) {
    case IORING_OP_READ:
      return ::pread(sqe.fd, reinterpret_cast<void*>(sqe.addr), sqe.len, offset);
    case IORING_OP_WRITE:
      return ::pwrite(sqe.fd, reinterpret_cast<const void*>(sqe.addr), sqe.len, offset);
    case IORING_OP_FSYNC:
      return (sqe.fsync_flags & IORING_FSYNC_DATASYNC) != 0 ? ::fdatasync(sqe.fd) : ::fsync(sqe.fd);
    case IORING_OP_FALLOCATE:
      return ::fallocate(sqe.fd, static_cast<int>(sqe.len), offset, static_cast<off_t>(sqe.addr));
    case IORING_OP_FADVISE:
      errno = ::posix_fadvise(sqe.fd, offset, sqe.len, static_cast<int>(sqe.fadvise_advice));
      return errno == 0 ? 0 : -1;
    case IORING_OP_OPENAT:
      return ::openat(sqe.fd, path_at(sqe.addr), static_cast<int>(sqe.open_flags), sqe.len);
    case IORING_OP_OPENAT2:
      return ::syscall(SYS_openat2, sqe.fd, sqe.addr, sqe.off, sqe.len);
    case IORING_OP_STATX:
      return ::statx(sqe.fd, path_at(sqe.addr), static_cast<int>(sqe.statx_flags), sqe.len,
                     reinterpret_cast<struct statx*>(sqe.off));
    case IORING_OP_RENAMEAT:
      return ::renameat2(sqe.fd, path_at(sqe.addr), static_cast<int>(sqe.len), path_at(sqe.off),
                         sqe.rename_flags);
    case IORING_OP_UNLINKAT:
      return ::unlinkat(sqe.fd, path_at(sqe.addr), static_cast<int>(sqe.unlink_flags));
    case IORING_OP_MKDIRAT:
      return ::mkdirat(sqe.fd, path_at(sqe.addr), sqe.len);
    default:
      assertion_failed("a known opcode", __FILE__, __LINE__);
  }
}

}  // namespace

bool is_file_op(const io_uring_sqe& sqe) noexcept {
  switch (sqe.opcode) {
    case IORING_OP_READ:
    case IORING_OP_WRITE:
    case IORING_OP_FSYNC:
    case IORING_OP_FALLOCATE:
    case IORING_OP_FADVISE:
    case IORING_OP_OPENAT:
    case IORING_OP_OPENAT2:
    case IORING_OP_STATX:
    case IORING_OP_RENAMEAT:
    case IORING_OP_UNLINKAT:
    case IORING_OP_MKDIRAT:
      return true;
    default:
      return false;
  }
}

int32_t call(const io_uring_sqe& sqe) noexcept {
  for (;;) {
    const ssize_t result = call_once(sqe);
    if (result >= 0) return static_cast<int32_t>(result);
    if (errno != EINTR) return -errno;
  }
}

std::optional<int32_t> call_without_blocking(const io_uring_sqe& sqe) noexcept {
  if (sqe.opcode != IORING_OP_READ) return std::nullopt;
  const iovec into{.iov_base = reinterpret_cast<void*>(sqe.addr), .iov_len = sqe.len};
  const ssize_t got = ::preadv2(sqe.fd, &into, 1, static_cast<off_t>(sqe.off), RWF_NOWAIT);
  // Fewer bytes may be the end of the file, or of what is in memory; and what is no error to a
  // thread may be one to this call (EAGAIN, EOPNOTSUPP).
  if (got < 0 || static_cast<size_t>(got) < sqe.len) return std::nullopt;
  return static_cast<int32_t>(got);
}

}  // namespace millrace::core::epoll
