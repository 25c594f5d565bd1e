#include "core/log_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace millrace::core {
namespace {

constexpr int kPatienceMs = 1000;

// Non-blocking, for a named pipe: its reader may not be there, or stop reading.
Result<UniqueFd> open_to_append(const std::string& path) noexcept {
  const int fd =
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0640);
  if (fd < 0) return os_failure(errno, "open the log file");
  return UniqueFd(fd);
}

}  // namespace

Result<> write_fully(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN) {
      pollfd wait{.fd = fd, .events = POLLOUT, .revents = 0};
      ::poll(&wait, 1, kPatienceMs);
    } else if (errno != EINTR) {
      return os_failure(errno, "write log");
    }
  }
  return {};
}

LogFile::LogFile(const std::string& path, UniqueFd file, int standard_stream)
    : path_(path), file_(std::move(file)), standard_stream_(standard_stream) {
  judge_kind();
}

Result<LogFile> LogFile::open(const std::string& path, int standard_stream) noexcept {
  if (path.empty()) return LogFile(path, UniqueFd(), standard_stream);
  Result<UniqueFd> file = open_to_append(path);
  if (!file) return std::unexpected(file.error());
  return LogFile(path, *std::move(file), standard_stream);
}

// A standard stream may block, and is not ours alone to change. A pipe that poll(2) calls writable
// takes this much without blocking.
void LogFile::judge_kind() noexcept {
  struct stat its{};
  const bool may_block = ::fstat(fd(), &its) == 0 && !S_ISREG(its.st_mode);
  write_size_max_ = may_block ? PIPE_BUF : SIZE_MAX;
}

Result<size_t> LogFile::write_some(std::string_view text,
                                   const std::atomic<bool>& hurry) noexcept {
  for (;;) {
    pollfd wait{.fd = fd(), .events = POLLOUT, .revents = 0};
    if (::poll(&wait, 1, given_up_ ? 0 : kPatienceMs) == 0) {
      if (!hurry.load(std::memory_order_relaxed)) continue;
      given_up_ = true;
      return fail(ErrorCode::kTimeout, "nobody reads the log");
    }
    const ssize_t written = ::write(fd(), text.data(), std::min(text.size(), write_size_max_));
    if (written >= 0) return static_cast<size_t>(written);
    if (errno != EINTR && errno != EAGAIN) return os_failure(errno, "write log");
  }
}

LogFile::Written LogFile::write(std::string_view lines, const std::atomic<bool>& hurry) noexcept {
  const auto lost = [&](const Error& why) {
    return Written{.lines_lost = static_cast<uint64_t>(std::ranges::count(lines, '\n')),
                   .failure = why};
  };
  if (in_line_) {
    if (const Result<size_t> ended = write_some("\n", hurry); !ended) return lost(ended.error());
    in_line_ = false;
  }
  while (!lines.empty()) {
    const Result<size_t> written = write_some(lines, hurry);
    if (!written) return lost(written.error());
    in_line_ = *written > 0 && lines[*written - 1] != '\n';
    lines.remove_prefix(*written);
  }
  return {};
}

void LogFile::reopen() noexcept {
  if (path_.empty()) return;
  Result<UniqueFd> file = open_to_append(path_);
  if (!file) return;
  file_ = *std::move(file);
  in_line_ = false;
  judge_kind();
}

}  // namespace millrace::core
