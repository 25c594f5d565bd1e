#include "tests/sim/link.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace millrace::sim {
namespace {

// Half of TCP_NOTSENT_LOWAT: a socket that was full is called writable only then (tcp_poll).
constexpr size_t kWritableBelow = 64 * 1024;

}  // namespace

Link::State Link::client_state() const noexcept {
  if (client_is_reset_) return State::kReset;
  if (server_finished_ && to_client_.size() == 0) return State::kFinished;
  return State::kOpen;
}

size_t Link::client_send(std::string_view bytes) {
  if (client_is_reset_ || client_finished_) return 0;
  if (server_gone_) {
    client_is_reset_ = true;  // Nobody is there to take it.
    return 0;
  }
  const size_t sent = std::min(bytes.size(), to_server_.room());
  to_server_.put(bytes.substr(0, sent));
  return sent;
}

void Link::break_with(int os_errno) noexcept {
  if (is_broken()) return;
  broken_by_ = os_errno;
  error_is_new_ = true;
  client_is_reset_ = true;
  to_client_.drop();
}

void Link::client_reset() noexcept {
  client_gone_ = true;
  to_server_.drop();
  break_with(ECONNRESET);
}

void Link::client_close() noexcept {
  client_finished_ = true;
  client_gone_ = true;
  if (to_client_.size() > 0) break_with(ECONNRESET);
}

void Link::fail(int os_errno) noexcept { break_with(os_errno); }

ssize_t Link::receive(std::span<std::byte> into) noexcept {
  const std::string_view there = to_server_.front(into.size());
  if (!there.empty()) {
    std::memcpy(into.data(), there.data(), there.size());
    const auto size = static_cast<ssize_t>(there.size());
    to_server_.take(there.size());
    return size;
  }
  if (error_is_new_) {
    error_is_new_ = false;
    return -broken_by_;
  }
  if (is_broken() || client_finished_ || server_reads_no_more_) return 0;
  return -EAGAIN;
}

ssize_t Link::send(std::string_view bytes) {
  if (error_is_new_) {
    error_is_new_ = false;
    return -broken_by_;
  }
  if (is_broken() || server_finished_) return -EPIPE;
  if (client_gone_) {
    break_with(ECONNRESET);
    return static_cast<ssize_t>(bytes.size());
  }
  const size_t sent = std::min(bytes.size(), to_client_.room());
  if (sent == 0) return -EAGAIN;
  to_client_.put(bytes.substr(0, sent));
  return static_cast<ssize_t>(sent);
}

short Link::ready() const noexcept {
  if (is_broken()) return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDHUP;
  int events = 0;
  if (to_server_.size() > 0) events |= POLLIN;
  if (client_finished_ || server_reads_no_more_) events |= POLLIN | POLLRDHUP;
  const bool takes_more = to_client_.room() > 0 && to_client_.size() < kWritableBelow;
  if (server_finished_ || client_gone_ || takes_more) events |= POLLOUT;
  if ((client_finished_ || server_reads_no_more_) && server_finished_) events |= POLLHUP;
  return static_cast<short>(events);
}

int Link::shut(int how) noexcept {
  if (is_broken()) return -ENOTCONN;
  if (how != SHUT_RD) server_finished_ = true;
  if (how != SHUT_WR) server_reads_no_more_ = true;
  return 0;
}

void Link::server_close() noexcept {
  server_gone_ = true;
  server_finished_ = true;
  if (to_server_.size() > 0) break_with(ECONNRESET);
}

}  // namespace millrace::sim
