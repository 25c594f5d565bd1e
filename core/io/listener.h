// Accepts connections.
#pragma once

#include <cstdint>
#include <string>

#include "core/event.h"
#include "core/ring.h"
#include "core/timers.h"
#include "core/unique_fd.h"

namespace millrace::core::io {

/// A bound, listening TCP socket with SO_REUSEPORT: each core has its own on the same port and the
/// kernel spreads connections by hash. `address` is a numeric IPv4 or IPv6 address; port 0 takes a
/// free one. Errors: kInvalid (address), kOs (EADDRINUSE, EACCES …).
Result<UniqueFd> listen_tcp(const std::string& address, uint16_t port);
/// Whether anybody listens there already. Sockets of listen_tcp share their port with each other,
/// and so would two servers of one user, each getting half of the clients: ask before the first
/// one. Errors: kOs with EADDRINUSE, and those of listen_tcp.
Result<> check_unused(const std::string& address, uint16_t port);
/// How many connections wait to be accepted on a listening socket; 0 when it cannot be told.
/// Source: tcp_get_info in the kernel, which gives them as tcpi_unacked.
uint32_t backlog_of(int fd) noexcept;
/// The port that a bound socket has.
Result<uint16_t> local_port(int fd);

/// Hands every accepted socket (non-blocking, close-on-exec) to `on_accept`, by a multishot accept.
/// Short of descriptors or memory it pauses for 100 ms, so that the backlog absorbs the rest.
/// Source: io_uring_prep_multishot_accept(3).
class Listener {
 public:
  using OnAccept = void (*)(void* self, UniqueFd socket) noexcept;
  Listener(Core& core, UniqueFd socket, void* self, OnAccept on_accept) noexcept;
  ~Listener() { MR_ASSERT(!armed_); }

  void start() noexcept;
  /// Stops accepting; done when the kernel will not complete another accept. The socket stays open
  /// until this is destroyed.
  Task<void> stop();
  [[nodiscard]] int fd() const noexcept { return socket_.get(); }

 private:
  class Accept final : public Op {
   public:
    explicit Accept(Listener& owner) noexcept;
    Listener& owner;
  };
  class Pause final : public Timer {
   public:
    explicit Pause(Listener& owner) noexcept;
    Listener& owner;
  };

  void accepted(int32_t result, uint32_t flags) noexcept;

  Core& core_;
  UniqueFd socket_;
  void* self_;
  OnAccept on_accept_;
  bool armed_ = false;
  bool stopping_ = false;
  Accept accept_;
  Pause pause_;
  Event idle_;
};

}  // namespace millrace::core::io
