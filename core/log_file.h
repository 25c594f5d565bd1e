// Where a log's lines go.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/unique_fd.h"

namespace millrace::core {

/// A file that is appended to, or a standard stream. It blocks: one thread of its log writes to it.
class LogFile {
 public:
  /// An empty path is `standard_stream` (1 or 2). Errors: those of open(2); ENXIO is a pipe that
  /// nobody reads.
  static Result<LogFile> open(const std::string& path, int standard_stream) noexcept;

  struct Written {
    uint64_t lines_lost = 0;
    std::optional<Error> failure;  ///< Of write(2); kTimeout: nobody reads, and it hurries.
  };
  /// Writes `lines`, each with its line feed. Waits for as long as nobody reads a pipe or a socket,
  /// until `hurry` is set: then for a second at most, once. A line that was cut off by a full disk
  /// is ended before the next one.
  Written write(std::string_view lines, const std::atomic<bool>& hurry) noexcept;
  /// Opens the file again under its name, after it was rotated away. On failure the old file goes
  /// on: a line in the wrong file beats none.
  void reopen() noexcept;

 private:
  LogFile(const std::string& path, UniqueFd file, int standard_stream);

  void judge_kind() noexcept;
  int fd() const noexcept { return file_ ? file_.get() : standard_stream_; }
  Result<size_t> write_some(std::string_view text, const std::atomic<bool>& hurry) noexcept;

  std::string path_;
  UniqueFd file_;  // None: the standard stream.
  int standard_stream_;
  size_t write_size_max_ = SIZE_MAX;
  bool in_line_ = false;
  bool given_up_ = false;
};

/// All of it, to any descriptor. Errors: those of write(2).
Result<> write_fully(int fd, std::string_view text) noexcept;

}  // namespace millrace::core
