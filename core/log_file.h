// Where a log's lines go.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "core/unique_fd.h"

namespace millrace::core {

/// A file that is appended to, or a standard stream. It blocks: one thread of its log writes to it.
class LogFile {
 public:
  /// An empty path is `standard_stream` (1 or 2). Errors: those of open(2).
  static Result<LogFile> open(const std::string& path, int standard_stream) noexcept;

  /// Writes all of it. Errors: those of write(2).
  Result<> write(std::string_view text) const noexcept;
  /// Opens the file again under its name, after it was rotated away. On failure the old file goes
  /// on: a line in the wrong file beats none.
  void reopen() noexcept;

 private:
  LogFile(const std::string& path, UniqueFd file, int standard_stream)
      : path_(path), file_(std::move(file)), standard_stream_(standard_stream) {}

  std::string path_;
  UniqueFd file_;  // None: the standard stream.
  int standard_stream_;
};

/// As LogFile::write, to any descriptor.
Result<> write_fully(int fd, std::string_view text) noexcept;

}  // namespace millrace::core
