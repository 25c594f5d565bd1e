#include "core/io/listener.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

namespace millrace::core::io {
namespace {

constexpr int kBacklog = 4096;
constexpr std::chrono::milliseconds kPause{100};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Result<Address> parse_address(const std::string& text, uint16_t port) {
  Address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    address.size = sizeof *v4;
  } else if (::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    address.size = sizeof *v6;
  } else {
    return fail(ErrorCode::kInvalid, "not a numeric IPv4 or IPv6 address");
  }
  return address;
}

}  // namespace

Result<UniqueFd> listen_tcp(const std::string& address, uint16_t port) {
  const Result<Address> parsed = parse_address(address, port);
  if (!parsed) return std::unexpected(parsed.error());
  UniqueFd fd(::socket(parsed->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return os_failure(errno, "socket");
  const int on = 1;
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    return os_failure(errno, "setsockopt");
  }
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&parsed->storage), parsed->size) != 0) {
    return os_failure(errno, "bind");
  }
  if (::listen(fd.get(), kBacklog) != 0) return os_failure(errno, "listen");
  return fd;
}

Result<> check_unused(const std::string& address, uint16_t port) {
  const Result<Address> parsed = parse_address(address, port);
  if (!parsed) return std::unexpected(parsed.error());
  const UniqueFd fd(::socket(parsed->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return os_failure(errno, "socket");
  const int on = 1;  // Connections of an earlier server that are in TIME_WAIT do not count.
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&parsed->storage), parsed->size) != 0) {
    return os_failure(errno, "bind");
  }
  return {};
}

uint32_t backlog_of(int fd) noexcept {
  tcp_info state{};
  socklen_t size = sizeof state;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &state, &size) != 0) return 0;
  return state.tcpi_state == TCP_LISTEN ? state.tcpi_unacked : 0;
}

Result<uint16_t> local_port(int fd) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) {
    return os_failure(errno, "getsockname");
  }
  const in_port_t port = storage.ss_family == AF_INET6
                             ? reinterpret_cast<const sockaddr_in6&>(storage).sin6_port
                             : reinterpret_cast<const sockaddr_in&>(storage).sin_port;
  return ntohs(port);
}

Listener::Accept::Accept(Listener& owner_of) noexcept
    : Op([](Op* op, int32_t result, uint32_t flags) noexcept {
        static_cast<Accept*>(op)->owner.accepted(result, flags);
      }),
      owner(owner_of) {}

Listener::Pause::Pause(Listener& owner_of) noexcept
    : Timer([](Timer* timer) noexcept { static_cast<Pause*>(timer)->owner.start(); }),
      owner(owner_of) {}

Listener::Listener(Core& core, UniqueFd socket, void* self, OnAccept on_accept) noexcept
    : core_(core),
      socket_(std::move(socket)),
      self_(self),
      on_accept_(on_accept),
      accept_(*this),
      pause_(*this) {
  idle_.set();
}

void Listener::start() noexcept {
  MR_ASSERT(!armed_);
  if (stopping_) return;
  io_uring_sqe* sqe = core_.ring().next_sqe();
  io_uring_prep_multishot_accept(sqe, socket_.get(), nullptr, nullptr,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
  Ring::address(sqe, &accept_);
  armed_ = true;
  idle_.reset();
}

void Listener::accepted(int32_t result, uint32_t flags) noexcept {
  if ((flags & IORING_CQE_F_MORE) == 0) armed_ = false;
  if (result >= 0) on_accept_(self_, UniqueFd(result));
  if (armed_) return;
  if (stopping_) {
    idle_.set();
    return;
  }
  const bool short_of_something =
      result == -EMFILE || result == -ENFILE || result == -ENOBUFS || result == -ENOMEM;
  if (short_of_something) {
    core_.timers().set(pause_, core_.now() + kPause);
    idle_.set();
  } else {
    start();
  }
}

Task<void> Listener::stop() {
  stopping_ = true;
  pause_.unlink();
  if (armed_) core_.ring().cancel(&accept_);
  co_await idle_.wait();
}

}  // namespace millrace::core::io
