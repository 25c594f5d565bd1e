// A client for tests of the whole server: the server has its own threads, so this one may block.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/unique_fd.h"
#include "http/token.h"

namespace millrace::test {

struct Answer {
  int status = 0;
  std::string head;
  std::string body;  ///< As it came, chunk sizes included.

  std::string_view field(std::string_view name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
      std::string_view line = http::take_until(rest, '\n');
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (http::equal_ignoring_case(http::take_until(line, ':'), name)) return http::trim(line);
    }
    return {};
  }
};

struct Question {
  std::string_view method = "GET";
  std::string_view target;
  std::string_view fields;  ///< Whole lines.
  std::string_view body;
};

/// Empty when nobody listens. What is read from it waits 60 s at most.
inline core::UniqueFd connect_to(uint16_t port) {
  core::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval patience{.tv_sec = 60, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return {};
  return socket;
}

inline void send_all(const core::UniqueFd& socket, std::string_view text) {
  EXPECT_EQ(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size()));
}

/// What comes next; empty at the end.
inline std::string receive_some(const core::UniqueFd& socket) {
  char bytes[65536];
  const ssize_t got = ::recv(socket.get(), bytes, sizeof bytes, 0);
  return got > 0 ? std::string(bytes, static_cast<size_t>(got)) : std::string();
}

/// One request on a connection of its own, read to its end. Fails the test after 60 s of silence.
inline Answer ask(uint16_t port, const Question& question) {
  const core::UniqueFd socket = connect_to(port);
  EXPECT_TRUE(socket) << "nobody listens on " << port;
  std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{}",
                                 question.method, question.target, question.fields);
  if (!question.body.empty()) text += fmt::format("Content-Length: {}\r\n", question.body.size());
  text += "\r\n";
  text += question.body;
  send_all(socket, text);
  std::string all;
  char bytes[65536];
  ssize_t got = 0;
  while ((got = ::recv(socket.get(), bytes, sizeof bytes, 0)) > 0) {
    all.append(bytes, static_cast<size_t>(got));
  }
  EXPECT_EQ(got, 0) << question.method << " " << question.target << " has no end";
  Answer answer;
  const size_t end = all.find("\r\n\r\n");
  if (end == std::string::npos || all.size() < 12) return answer;
  answer.head = all.substr(0, end + 4);
  answer.body = all.substr(end + 4);
  answer.status = std::stoi(all.substr(9, 3));
  return answer;
}

}  // namespace millrace::test
