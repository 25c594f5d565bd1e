// A client of a server that runs on the test's own thread: what it waits for is done while it
// waits.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "core/core.h"
#include "core/unique_fd.h"
#include "http/token.h"

namespace millrace::http::test {

struct Reply {
  int status = 0;
  std::string head;
  std::string body;

  std::string_view field(std::string_view name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
      std::string_view line = take_until(rest, '\n');
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (equal_ignoring_case(take_until(line, ':'), name)) return trim(line);
    }
    return {};
  }
};

/// Turns the core until `done`; fails the test when real time runs out.
class Pump {
 public:
  explicit Pump(core::Core& core) : core_(&core) {}
  void until(const std::function<bool()>& done) const {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!done()) {
      core_->turn(core::Core::Idle::kReturn);
      if (std::chrono::steady_clock::now() > limit) {
        ADD_FAILURE() << "nothing happened for 20 s";
        return;
      }
    }
  }
  /// Lets everything happen that needs no further input.
  void settle() const {
    for (int i = 0; i < 50; ++i) core_->turn(core::Core::Idle::kReturn);
  }
  core::Core& core() const { return *core_; }

 private:
  core::Core* core_;
};

class Client {
 public:
  Client(Pump pump, uint16_t port) : pump_(pump), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int at_once = 1;  // As every client does that waits for answers to little.
    ::setsockopt(fd(), IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    EXPECT_EQ(::connect(fd(), reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  }

  int fd() const { return socket_.get(); }
  void close() { socket_.reset(); }
  void finish_sending() { ::shutdown(fd(), SHUT_WR); }

  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent > 0) bytes.remove_prefix(static_cast<size_t>(sent));
      if (sent < 0 && errno != EAGAIN) return;  // The server closed: the reply tells why.
      if (sent < 0) pump_.core().turn(core::Core::Idle::kReturn);
    }
  }

  /// What is left of the connection's bytes, up to its end.
  std::string read_to_end() {
    pump_.until([&] { return !take_some(); });
    return std::exchange(buffer_, {});
  }
  bool is_closed() {
    pump_.settle();
    return !take_some();
  }
  /// Takes in what has come; false once the connection has ended.
  bool is_open() { return take_some(); }
  std::string take_received() { return std::exchange(buffer_, {}); }
  /// One turn's worth of whatever has come.
  std::string take_now() {
    pump_.settle();
    take_some();
    return std::exchange(buffer_, {});
  }

  /// One response. `has_body` is false for the answer to HEAD.
  enum class Of : uint8_t { kGet, kHead };
  Reply read_reply(Of of = Of::kGet) {
    Reply reply;
    read_until("\r\n\r\n");
    const size_t end = buffer_.find("\r\n\r\n");
    if (end == std::string::npos) return reply;
    reply.head = take(end + 4);
    reply.status = std::stoi(reply.head.substr(9, 3));
    const bool has_body =
        of == Of::kGet && reply.status >= 200 && reply.status != 204 && reply.status != 304;
    if (!has_body) return reply;
    if (reply.field("Transfer-Encoding") == "chunked") {
      while (read_chunk(reply.body)) {
      }
    } else if (const auto length = parse_decimal(reply.field("Content-Length"))) {
      pump_.until([&] { return buffer_.size() >= *length || !take_some(); });
      reply.body = take(*length);
    } else {
      reply.body = read_to_end();
    }
    return reply;
  }
  Reply get(std::string_view target, std::string_view fields = {}) {
    send("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\n" + std::string(fields) + "\r\n");
    return read_reply();
  }

 private:
  std::string take(size_t size) {
    std::string taken = buffer_.substr(0, size);
    buffer_.erase(0, taken.size());
    return taken;
  }
  void read_until(std::string_view mark) {
    pump_.until([&] { return buffer_.find(mark) != std::string::npos || !take_some(); });
  }
  bool read_chunk(std::string& into) {
    read_until("\r\n");
    const size_t line = buffer_.find("\r\n");
    if (line == std::string::npos) return false;
    const size_t size = std::stoul(buffer_.substr(0, line), nullptr, 16);
    pump_.until([&] { return buffer_.size() >= line + 2 + size + 2 || !take_some(); });
    take(line + 2);
    into += take(size);
    take(2);
    return size > 0;
  }
  // False once the connection has ended.
  bool take_some() {
    char bytes[65536];
    for (;;) {
      const ssize_t size = ::recv(fd(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (size > 0) {
        buffer_.append(bytes, static_cast<size_t>(size));
        continue;
      }
      if (size == 0 || errno != EAGAIN) ended_ = true;
      return !ended_;
    }
  }

  Pump pump_;
  core::UniqueFd socket_;
  std::string buffer_;
  bool ended_ = false;
};

}  // namespace millrace::http::test
