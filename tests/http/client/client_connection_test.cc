#include "http/client/client_connection.h"

#include <gtest/gtest.h>

#include "tests/http/loopback.h"

namespace millrace::http {
namespace {

using core::ErrorCode;
using core::Result;

RouteResult get_text(Request& request) {
  return Response::ok("text/plain", std::string(request.query().find("text").value_or("")));
}

core::Task<RouteResult> post_echo(Request& request) {
  const auto body = co_await request.read_whole_body(1 << 20);
  if (!body) co_return std::unexpected(body.error());
  co_return Response::ok("text/plain", *body);
}

/// Server and client on one core.
class ClientConnectionTest : public test::LoopbackTest {
 protected:
  void SetUp() override {
    router_.add(Method::kGet, "/text", endpoint<&get_text>());
    router_.add(Method::kPost, "/echo", endpoint<&post_echo>());
    start();
  }
  void TearDown() override {
    if (connection_ != nullptr) core_->block_on(connection_->close());
    connection_.reset();
    LoopbackTest::TearDown();
  }
  void open(uint16_t port) {
    auto opened = core_->block_on(
        ClientConnection::open(*core_, *core::io::SocketAddress::parse("127.0.0.1", port)));
    ASSERT_TRUE(opened) << opened.error().what;
    connection_ = std::move(*opened);
  }
  Result<std::string> ask(ClientRequest request, int status = 200) {
    request.host = "localhost";
    return core_->block_on([](ClientConnection& connection, ClientRequest what,
                              int expected) -> core::Task<Result<std::string>> {
      const auto head = co_await connection.request(what);
      if (!head) co_return std::unexpected(head.error());
      EXPECT_EQ(head->status, expected);
      co_return co_await connection.read_whole_body(4 << 20);
    }(*connection_, std::move(request), status));
  }

  std::unique_ptr<ClientConnection> connection_;
};

TEST_F(ClientConnectionTest, AsksOneAfterTheOther) {
  open(server_->port());
  EXPECT_EQ(*ask({.target = "/text?text=one"}), "one");
  EXPECT_TRUE(connection_->is_reusable());
  EXPECT_EQ(*ask({.target = "/text?text="}), "");
  EXPECT_EQ(*ask({.method = Method::kHead, .target = "/text?text=three"}), "");
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(*ask({.method = Method::kPost, .target = "/echo", .headers = {}, .body = large}),
            large);
  EXPECT_TRUE(ask({.target = "/none"}, 404));
  EXPECT_TRUE(connection_->is_reusable());
}

TEST_F(ClientConnectionTest, SaysWhereNobodyListens) {
  EXPECT_EQ(core::io::SocketAddress::parse("localhost", 80).error().code, ErrorCode::kInvalid);
  const core::UniqueFd unused(::socket(AF_INET, SOCK_STREAM, 0));
  const auto to = *core::io::SocketAddress::parse("127.0.0.1", 0);
  ASSERT_EQ(::bind(unused.get(), reinterpret_cast<const sockaddr*>(&to.storage), to.size), 0);
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  ::getsockname(unused.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  const auto refused = core_->block_on(ClientConnection::open(
      *core_, *core::io::SocketAddress::parse("127.0.0.1", ntohs(bound.sin_port))));
  EXPECT_FALSE(refused);
}

/// A server that answers with given bytes.
class ScriptedAnswer : public ClientConnectionTest {
 protected:
  Result<std::string> answer(std::string_view bytes, int status = 200) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    const core::UniqueFd server(ends[1]);
    if (connection_ != nullptr) core_->block_on(connection_->close());
    connection_ = std::make_unique<ClientConnection>(*core_, core::UniqueFd(ends[0]));
    EXPECT_EQ(::write(server.get(), bytes.data(), bytes.size()), ssize_t(bytes.size()));
    ::shutdown(server.get(), SHUT_WR);
    return ask({.target = "/"}, status);
  }
};

TEST_F(ScriptedAnswer, EndsWhereItsFramingSays) {  // RFC 9112, 6.3
  EXPECT_EQ(*answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nonemore"), "one");
  EXPECT_EQ(*answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\non\r\n1\r\ne\r\n"
                    "0\r\n\r\n"),
            "one");
  EXPECT_EQ(*answer("HTTP/1.1 200 OK\r\n\r\nto the end"), "to the end");
  EXPECT_FALSE(connection_->is_reusable());
  EXPECT_EQ(
      *answer("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n", 204),
      "");
  EXPECT_EQ(*answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), "");
  EXPECT_FALSE(connection_->is_reusable());
}

TEST_F(ScriptedAnswer, IsRefusedWhereItIsCutOffOrUnclear) {
  EXPECT_EQ(answer("HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nhalf").error().code,
            ErrorCode::kClosed);
  EXPECT_EQ(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nha").error().code,
            ErrorCode::kClosed);
  EXPECT_EQ(answer("HTTP/1.1 200").error().code, ErrorCode::kClosed);
  EXPECT_EQ(answer("").error().code, ErrorCode::kClosed);
  for (const std::string_view bad :
       {"SSH-2.0-x\r\n\r\n", "HTTP/1.1 99 Low\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\n\r\n\r\n"}) {
    EXPECT_EQ(answer(bad).error().code, ErrorCode::kMalformed) << bad;
  }
  EXPECT_EQ(answer("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n").error().code,
            ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace millrace::http
