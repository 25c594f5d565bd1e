// Connecting to a server.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "core/cancellation.h"
#include "core/core.h"
#include "core/result.h"
#include "core/task.h"
#include "core/unique_fd.h"

namespace millrace::core::io {

/// Where a socket goes: an address, not a name.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  /// kInvalid: `host` is no numeric IPv4 or IPv6 address.
  static Result<SocketAddress> parse(const std::string& host, uint16_t port);
};

/// A TCP connection without Nagle's delay, non-blocking. Waits for the handshake without a thread;
/// the kernel gives up after two minutes or so, the cancellation earlier. Errors: its reason;
/// kTimeout; kClosed, kOs (refused, unreachable, no descriptor left).
Task<Result<UniqueFd>> connect(Core& core, SocketAddress to, Cancellation* cancellation = nullptr);

}  // namespace millrace::core::io
