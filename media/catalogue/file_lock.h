#pragma once

#include <string>

#include "core/result.h"
#include "core/unique_fd.h"

namespace millrace::media::catalogue {

/// Held by one process at a time, until it is destroyed or the process ends, however it ends.
class FileLock {
 public:
  FileLock() = default;
  /// Makes the file if it is not there. Errors: kConflict (another process holds it), kOs.
  static core::Result<FileLock> take(const std::string& path);

 private:
  explicit FileLock(core::UniqueFd fd) : fd_(std::move(fd)) {}
  core::UniqueFd fd_;
};

}  // namespace millrace::media::catalogue
