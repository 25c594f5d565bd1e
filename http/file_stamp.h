// Whether a file is still the one it was.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <cstdint>

namespace millrace::http {

/// Equal for the same bytes: whoever writes to a file or puts another in its place changes it.
struct FileStamp {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t modified_ns = 0;  ///< Since 1970.
  int64_t changed_ns = 0;   ///< The same of the inode, which no program can set.

  static FileStamp of(const struct statx& status) noexcept {
    return {.device = uint64_t{status.stx_dev_major} << 32 | status.stx_dev_minor,
            .inode = status.stx_ino,
            .size = status.stx_size,
            .modified_ns = nanoseconds(status.stx_mtime),
            .changed_ns = nanoseconds(status.stx_ctime)};
  }
  std::chrono::system_clock::time_point modified() const noexcept {
    return std::chrono::system_clock::time_point(std::chrono::nanoseconds(modified_ns));
  }
  friend bool operator==(const FileStamp&, const FileStamp&) = default;

 private:
  static int64_t nanoseconds(const statx_timestamp& time) noexcept {
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
  }
};

}  // namespace millrace::http
