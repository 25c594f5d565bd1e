#include "tools/millrace/inherited_sockets.h"

#include <gtest/gtest.h>

#include "core/io/listener.h"

namespace millrace {
namespace {

TEST(InheritedSockets, BelongToTheAddressThatTheyAreBoundTo) {
  std::vector<core::UniqueFd> sockets;
  const auto open = [&](const std::string& host, uint16_t port) {
    auto socket = core::io::listen_tcp(host, port);
    EXPECT_TRUE(socket);
    sockets.push_back(std::move(*socket));
    return *core::io::local_port(sockets.back().get());
  };
  const uint16_t first = open("127.0.0.1", 0);
  const uint16_t second = open("127.0.0.1", 0);
  open("127.0.0.1", first);
  open("127.0.0.2", 0);
  InheritedSockets inherited(std::move(sockets));
  EXPECT_TRUE(inherited.take({.host = "127.0.0.3", .port = 0}).empty());
  const auto of_second = inherited.take({.host = "127.0.0.1", .port = second});
  EXPECT_EQ(of_second.size(), 1U);
  const auto of_first = inherited.take({.host = "127.0.0.1", .port = 0});
  ASSERT_EQ(of_first.size(), 2U);
  EXPECT_EQ(core::io::local_port(of_first[1].get()), first);
  EXPECT_EQ(inherited.take(inherited.first_address()).size(), 1U);
  EXPECT_TRUE(inherited.empty());
}

}  // namespace
}  // namespace millrace
