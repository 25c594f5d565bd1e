// The real server's start and end, as an operator meets them.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "core/io/listener.h"
#include "tests/tools/millrace/blocking_client.h"
#include "tests/tools/millrace/server_process.h"

namespace millrace {
namespace {

using test::Ring;
using test::ServerProcess;

class Start : public testing::Test {
 protected:
  Start() {
    std::string name = testing::TempDir() + "millrace-start-XXXXXX";
    store_ = ::mkdtemp(name.data());
  }
  ~Start() override { std::filesystem::remove_all(store_); }
  std::vector<std::string> settings(std::vector<std::string> more = {}) const {
    more.push_back("store.root=" + store_);
    more.emplace_back("http.lag_max=1min");
    if (more.size() == 2) more.emplace_back("server.listen=127.0.0.1:0");
    return more;
  }
  std::string store_;
};

constexpr std::string_view kListening = "millrace: listening on http://127.0.0.1:";

TEST_F(Start, SaysWhereItListensAndEndsInOrderWhenAsked) {
  ServerProcess server(settings());
  EXPECT_TRUE(server.read_until(kListening).contains(kListening));
  server.signal(SIGTERM);
  EXPECT_EQ(server.exit_code(), 0);
}

TEST_F(Start, WritesAnIpv6AddressInBrackets) {
  if (!core::io::listen_tcp("::1", 0)) GTEST_SKIP() << "this machine has no IPv6";
  ServerProcess server(settings({"server.listen=[::1]:0"}));
  const std::string_view listening = "millrace: listening on http://[::1]:";
  EXPECT_TRUE(server.read_until(listening).contains(listening)) << server.read_until("");
}

TEST_F(Start, TakesTheSocketThatItsSupervisorOpened) {
  const auto socket = core::io::listen_tcp("127.0.0.1", 0);
  ASSERT_TRUE(socket);
  const uint16_t port = *core::io::local_port(socket->get());
  ServerProcess server(settings({"server.listen=127.0.0.1:0", "server.cores=3"}), Ring::kAllowed,
                       {}, socket->get());
  EXPECT_EQ(server.port(), port);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(test::ask(port, {.target = "/readyz"}).status, 200);
  }
  server.signal(SIGTERM);
  EXPECT_EQ(server.exit_code(), 0);
}

TEST_F(Start, EndsAtOnceWhenAskedAgain) {
  ServerProcess server(settings());
  const uint16_t port = server.port();
  const core::UniqueFd upload = test::connect_to(port);
  test::send_all(upload, "PUT /api/VideoStream/upload/a.mp4 HTTP/1.1\r\nHost: x\r\n"
                         "Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n");
  ASSERT_TRUE(test::receive_some(upload).starts_with("HTTP/1.1 100"));
  server.signal(SIGTERM);
  ASSERT_TRUE(server.read_until("server.stopping").contains("server.stopping"));
  server.signal(SIGTERM);
  EXPECT_EQ(server.exit_code(), EXIT_FAILURE);
}

TEST_F(Start, WorksOnOneCoreAndOnMoreCoresThanCpus) {
  for (const char* cores : {"server.cores=1", "server.cores=5"}) {
    ServerProcess server(settings({cores, "server.listen=127.0.0.1:0"}));
    EXPECT_TRUE(server.read_until(kListening).contains(kListening)) << cores;
    server.signal(SIGINT);
    EXPECT_EQ(server.exit_code(), 0) << cores;
  }
}

TEST_F(Start, WhereIoUringIsForbiddenSaysSoOnceAndServesOnEpoll) {
  ServerProcess server(settings(), Ring::kForbidden);
  EXPECT_TRUE(server.read_until(kListening).contains(kListening)) << server.read_until("");
  server.signal(SIGTERM);
  EXPECT_EQ(server.exit_code(), 0);
  const std::string& said = server.read_until("");
  const size_t line = said.find("reactor.epoll");
  ASSERT_NE(line, std::string::npos) << said;
  EXPECT_TRUE(said.contains("errno=EPERM")) << said;
  EXPECT_TRUE(said.contains("tools/seccomp/io_uring.json")) << said;
  EXPECT_EQ(said.find("io_uring", said.find('\n', line)), std::string::npos) << said;
}

TEST_F(Start, WhereIoUringIsForbiddenAndDemandedNamesTheCureAndExitsWith78) {
  ServerProcess server(settings({"server.reactor=uring", "server.listen=127.0.0.1:0"}),
                       Ring::kForbidden);
  EXPECT_EQ(server.exit_code(), 78);
  const std::string& said = server.read_until("");
  EXPECT_TRUE(said.contains("seccomp")) << said;
  EXPECT_TRUE(said.contains("tools/seccomp/io_uring.json")) << said;
}

TEST_F(Start, TakesNeitherReactorForAnotherWord) {
  ServerProcess server(settings({"server.reactor=iouring"}));
  EXPECT_EQ(server.exit_code(), 78);
  EXPECT_TRUE(server.read_until("").contains("server.reactor")) << server.read_until("");
}

TEST_F(Start, RefusesAKeyThatItDoesNotKnow) {
  ServerProcess server(settings({"server.colour=blue"}));
  EXPECT_EQ(server.exit_code(), 78);
  EXPECT_TRUE(server.read_until("").contains("server.colour"));
}

TEST_F(Start, NamesTheAddressThatIsTaken) {
  const auto taken = core::io::listen_tcp("127.0.0.1", 0);
  ASSERT_TRUE(taken);
  const std::string address = fmt::format("127.0.0.1:{}", *core::io::local_port(taken->get()));
  ServerProcess server(settings({"server.listen=" + address}));
  EXPECT_EQ(server.exit_code(), 71);
  EXPECT_TRUE(server.read_until("").contains(address)) << server.read_until("");
}

TEST_F(Start, LeavesAStoreAloneThatAnotherServerUses) {
  ServerProcess first(settings());
  ASSERT_TRUE(first.read_until(kListening).contains(kListening));
  ServerProcess second(settings());
  EXPECT_EQ(second.exit_code(), 71);
  EXPECT_TRUE(second.read_until("").contains(store_)) << second.read_until("");
}

}  // namespace
}  // namespace millrace
