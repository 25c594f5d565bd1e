#include "tools/millrace/supervisor.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>

namespace millrace::supervisor {
namespace {

constexpr int kFirstSocket = 3;
constexpr long kSocketsMax = 256;

std::optional<long> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  long number = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), number);
  if (error != std::errc() || *end != '\0') return std::nullopt;
  return number;
}

}  // namespace

std::vector<core::UniqueFd> take_listeners() {
  std::vector<core::UniqueFd> sockets;
  const auto pid = number_in("LISTEN_PID");
  const long count = std::min(number_in("LISTEN_FDS").value_or(0), kSocketsMax);
  // Not for a child: neither the variables nor the descriptors.
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  if (pid != ::getpid()) return sockets;
  for (int fd = kFirstSocket; fd < kFirstSocket + count; ++fd) {
    int listening = 0;
    socklen_t size = sizeof listening;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) {
      continue;  // A timer or a pipe of a unit that was written for something else.
    }
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    sockets.emplace_back(fd);
  }
  return sockets;
}

void notify(std::string_view state) noexcept {
  const char* path = std::getenv("NOTIFY_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path == nullptr || (path[0] != '/' && path[0] != '@') ||
      std::strlen(path) >= sizeof address.sun_path) {
    return;
  }
  const size_t size = std::strlen(path);
  std::memcpy(address.sun_path, path, size);
  if (path[0] == '@') address.sun_path[0] = '\0';  // An abstract name.
  const core::UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  static_cast<void>(
      ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address),
               static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + size)));
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  const auto interval_us = number_in("WATCHDOG_USEC");
  if (!interval_us || *interval_us <= 0) return std::nullopt;
  if (const auto pid = number_in("WATCHDOG_PID"); pid && *pid != ::getpid()) return std::nullopt;
  return std::chrono::microseconds(*interval_us);
}

}  // namespace millrace::supervisor
