#include "core/log_file.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace millrace::core {
namespace {

Result<UniqueFd> open_to_append(const std::string& path) noexcept {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
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
      ::poll(&wait, 1, /*timeout=*/1000);
    } else if (errno != EINTR) {
      return os_failure(errno, "write log");
    }
  }
  return {};
}

Result<LogFile> LogFile::open(const std::string& path, int standard_stream) noexcept {
  if (path.empty()) return LogFile(path, UniqueFd(), standard_stream);
  Result<UniqueFd> file = open_to_append(path);
  if (!file) return std::unexpected(file.error());
  return LogFile(path, *std::move(file), standard_stream);
}

Result<> LogFile::write(std::string_view text) const noexcept {
  return write_fully(file_ ? file_.get() : standard_stream_, text);
}

void LogFile::reopen() noexcept {
  if (path_.empty()) return;
  if (Result<UniqueFd> file = open_to_append(path_)) file_ = *std::move(file);
}

}  // namespace millrace::core
