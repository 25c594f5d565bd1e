// System calls that the server makes without its ring. Defined in the program, they come before
// those of the C library; what does not concern a simulation goes on to the kernel.
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstring>
#include <string>

#include "tests/sim/network.h"

namespace {

using millrace::sim::Network;

/// The network, if `fd` is a socket of it.
Network* network_of(int fd) noexcept {
  Network* network = Network::current();
  return network != nullptr && network->has(fd) ? network : nullptr;
}

template <class T>
T as_call(T result) noexcept {
  if (result >= 0) return result;
  errno = static_cast<int>(-result);
  return -1;
}

int as_int(long result) noexcept { return static_cast<int>(result); }

int tell_address(sockaddr* address, socklen_t* size, uint32_t host, uint16_t port) noexcept {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  in.sin_addr.s_addr = htonl(host);
  std::memcpy(address, &in, std::min<size_t>(*size, sizeof in));
  *size = sizeof in;
  return 0;
}

}  // namespace

extern "C" {

int socket(int domain, int type, int protocol) noexcept {
  if (Network* network = Network::current(); network != nullptr && domain == AF_INET) {
    return as_call(network->open_socket());
  }
  return as_int(::syscall(SYS_socket, domain, type, protocol));
}

int setsockopt(int fd, int level, int name, const void* value, socklen_t size) noexcept {
  Network* network = network_of(fd);
  if (network != nullptr && level == IPPROTO_TCP && name == TCP_ULP) return as_call(-ENOENT);
  if (network != nullptr) return as_call(network->configure(fd));
  return as_int(::syscall(SYS_setsockopt, fd, level, name, value, size));
}

int bind(int fd, const sockaddr* address, socklen_t size) noexcept {
  if (Network* network = network_of(fd)) return as_call(network->configure(fd));
  return as_int(::syscall(SYS_bind, fd, address, size));
}

int listen(int fd, int backlog) noexcept {
  if (Network* network = network_of(fd)) return as_call(network->listen(fd));
  return as_int(::syscall(SYS_listen, fd, backlog));
}

int getsockname(int fd, sockaddr* address, socklen_t* size) noexcept {
  if (network_of(fd) != nullptr) return tell_address(address, size, INADDR_LOOPBACK, 8080);
  return as_int(::syscall(SYS_getsockname, fd, address, size));
}

int getpeername(int fd, sockaddr* address, socklen_t* size) noexcept {
  if (Network* network = network_of(fd)) {
    uint32_t host = 0;
    const int failed = network->describe_peer(fd, host);
    return failed != 0 ? as_call(failed) : tell_address(address, size, host, 40'000);
  }
  return as_int(::syscall(SYS_getpeername, fd, address, size));
}

ssize_t send(int fd, const void* bytes, size_t size, int flags) {
  if (Network* network = network_of(fd)) {
    return as_call(network->send(fd, {static_cast<const char*>(bytes), size}));
  }
  return ::syscall(SYS_sendto, fd, bytes, size, flags, nullptr, 0);
}

ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  if (Network* network = network_of(fd)) {
    std::string all;
    for (size_t i = 0; i < message->msg_iovlen; ++i) {
      const iovec& run = message->msg_iov[i];
      all.append(static_cast<const char*>(run.iov_base), run.iov_len);
    }
    return as_call(network->send(fd, all));
  }
  return ::syscall(SYS_sendmsg, fd, message, flags);
}

ssize_t recv(int fd, void* bytes, size_t size, int flags) {
  if (Network* network = network_of(fd)) {
    return as_call(network->receive(fd, {static_cast<std::byte*>(bytes), size}));
  }
  return ::syscall(SYS_recvfrom, fd, bytes, size, flags, nullptr, nullptr);
}

ssize_t sendfile(int fd, int file, off_t* offset, size_t size) noexcept {
  if (Network* network = network_of(fd)) {
    return as_call(network->send_file(fd, file, *offset, size));
  }
  return ::syscall(SYS_sendfile, fd, file, offset, size);
}

ssize_t preadv2(int fd, const iovec* runs, int count, off_t offset, int flags) {
  Network* network = Network::current();
  if (network != nullptr && (flags & RWF_NOWAIT) != 0 && network->is_cold()) {
    return as_call(ssize_t{-EAGAIN});
  }
  return ::syscall(SYS_preadv2, fd, runs, count, offset, 0, flags);
}

int shutdown(int fd, int how) noexcept {
  if (Network* network = network_of(fd)) return as_call(network->shut(fd, how));
  return as_int(::syscall(SYS_shutdown, fd, how));
}

int ioctl(int fd, unsigned long request, ...) noexcept {
  va_list rest;
  va_start(rest, request);
  void* argument = va_arg(rest, void*);
  va_end(rest);
  if (request == SIOCOUTQNSD && network_of(fd) != nullptr) {
    const auto* link = Network::current()->link_of(fd);
    *static_cast<int*>(argument) = static_cast<int>(link == nullptr ? 0 : link->unsent());
    return 0;
  }
  return as_int(::syscall(SYS_ioctl, fd, request, argument));
}

int close(int fd) {
  if (Network* network = Network::current()) network->closed(fd);
  return as_int(::syscall(SYS_close, fd));
}

}  // extern "C"
