#include "core/io/connector.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <cstring>

#include "core/io/poll.h"

namespace millrace::core::io {

Result<SocketAddress> SocketAddress::parse(const std::string& host, uint16_t port) {
  SocketAddress address;
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.size = sizeof v4;
  } else if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.size = sizeof v6;
  } else {
    return fail(ErrorCode::kInvalid, "no numeric address");
  }
  return address;
}

// By connect(2) and poll: the same on both reactors, and a connection is made once, not a million
// times.
Task<Result<UniqueFd>> connect(Core& core, SocketAddress to, Cancellation* cancellation) {
  UniqueFd fd(
      ::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!fd) co_return os_failure(errno, "socket");
  const int on = 1;
  static_cast<void>(::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to.storage), to.size) == 0) {
    co_return fd;
  }
  if (errno != EINPROGRESS) co_return os_failure(errno, "connect");
  if (const auto ready = co_await Poll(core.ring(), fd.get(), POLLOUT, cancellation); !ready) {
    co_return std::unexpected(ready.error());
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) co_return os_failure(error, "connect");
  co_return fd;
}

}  // namespace millrace::core::io
