// The server as it is deployed: a core a thread, one port, real time.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <future>
#include <optional>
#include <thread>
#include <vector>

#include "core/cores.h"
#include "core/event.h"
#include "core/io/sleep.h"
#include "core/metrics.h"
#include "http/server.h"

namespace millrace::http {
namespace {

RouteResult get_core(Request&) {
  return Response::ok("text/plain", std::to_string(core::Core::current().index()));
}

core::UniqueFd connect_to(uint16_t port) {
  core::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return {};
  return socket;
}

/// Sends one request over a connection of its own and yields the body.
std::string ask(uint16_t port) {
  const core::UniqueFd socket = connect_to(port);
  if (!socket) return "refused";
  static constexpr std::string_view kRequest =
      "GET /core HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  ::send(socket.get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
  std::string reply;
  char bytes[4096];
  for (ssize_t n; (n = ::recv(socket.get(), bytes, sizeof bytes, 0)) > 0;) {
    reply.append(bytes, static_cast<size_t>(n));
  }
  const size_t end = reply.find("\r\n\r\n");
  return end == std::string::npos ? "no reply" : reply.substr(end + 4);
}

/// The core that serves `socket`, which stays open; -1 when it is not answered.
int core_of(const core::UniqueFd& socket) {
  static constexpr std::string_view kRequest = "GET /core HTTP/1.1\r\nHost: x\r\n\r\n";
  ::send(socket.get(), kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
  std::string reply;
  char bytes[4096];
  for (ssize_t n; !reply.contains("\r\n\r\n0") && !reply.contains("\r\n\r\n1");
       reply.append(bytes, static_cast<size_t>(n))) {
    n = ::recv(socket.get(), bytes, sizeof bytes, 0);
    if (n <= 0) return -1;
  }
  return reply.back() - '0';
}

enum class Listening : uint8_t { kEachOnThePort, kEachOnItsOwnPort };

class CoresOfATest : public ::testing::Test {
 protected:
  explicit CoresOfATest(Listening listening) : listening_(listening) {
    router_.add(Method::kGet, "/core", endpoint<&get_core>());
    auto cores =
        core::Cores::start({.cpus = {0, 0}, .pin = false, .core = {}}, clock_,
                           [this](core::Cores& all, core::Core& core) { return serve(all, core); });
    EXPECT_TRUE(cores.has_value());
    cores_ = std::move(*cores);
    first_open_.get_future().wait();
    second_open_.get_future().wait();
  }
  ~CoresOfATest() override { stop(); }

  void stop() {
    if (cores_ == nullptr) return;
    cores_->request_stop();
    cores_->join();
    cores_.reset();
  }

  core::Task<void> serve(core::Cores& all, core::Core& core) {
    const Site site{.router = router_, .metrics = counts_, .cors = {}, .limits = {}};
    const bool is_first = core.index() == 0;
    if (is_first) group_.emplace(std::vector{&all.at(0), &all.at(1)});
    // The first takes a free port, the second is given its number.
    while (!is_first && port_ == 0) co_await core::io::Sleep(core, kPoll);
    const bool takes_any = !is_first && listening_ == Listening::kEachOnItsOwnPort;
    const uint16_t port = takes_any ? uint16_t{0} : port_.load();
    auto server =
        Server::start(core, site, {.address = "127.0.0.1", .port = port, .group = &*group_});
    EXPECT_TRUE(server.has_value());
    if (is_first) port_ = (*server)->port();
    (is_first ? first_open_ : second_open_).set_value();
    core::Event never;
    static_cast<void>(co_await never.wait(&core.stopping()));
    co_await (*server)->stop();
  }

  static constexpr std::chrono::milliseconds kPoll{1};
  const Listening listening_;
  core::SystemClock clock_;
  core::Metrics metrics_;
  ServerMetrics counts_{metrics_};
  Router router_;
  std::optional<ServerGroup> group_;
  std::atomic<uint16_t> port_ = 0;
  std::promise<void> first_open_;
  std::promise<void> second_open_;
  std::unique_ptr<core::Cores> cores_;
};

class TwoCores : public CoresOfATest {
 protected:
  TwoCores() : CoresOfATest(Listening::kEachOnThePort) {}
};

class OneCoreThatAcceptsForTwo : public CoresOfATest {
 protected:
  OneCoreThatAcceptsForTwo() : CoresOfATest(Listening::kEachOnItsOwnPort) {}
};

TEST_F(TwoCores, ShareOnePortAndAllItsConnections) {
  constexpr int kClients = 4;
  constexpr int kRequests = 50;
  std::atomic<int> by_core[2] = {0, 0};
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&] {
      for (int n = 0; n < kRequests; ++n) {
        const std::string core = ask(port_);
        if (core == "0" || core == "1") ++by_core[core == "1"];
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(by_core[0] + by_core[1], kClients * kRequests);
  EXPECT_GT(by_core[0], 0);
  EXPECT_GT(by_core[1], 0) << "the kernel spreads connections by hash";
  EXPECT_EQ(metrics_.value(counts_.accepted), uint64_t{kClients * kRequests});
}

TEST_F(OneCoreThatAcceptsForTwo, HandsOverWhatItHoldsMoreThanTheOther) {
  constexpr int kConnections = 64;
  std::vector<core::UniqueFd> sockets;
  int by_core[2] = {0, 0};
  for (int i = 0; i < kConnections; ++i) {
    sockets.push_back(connect_to(port_));
    const int core = core_of(sockets.back());
    ASSERT_GE(core, 0);
    ++by_core[core];
  }
  constexpr int kTolerated = core::LoadBoard::kTolerated;
  EXPECT_LE(by_core[0], kConnections / 2 + kTolerated);
  EXPECT_LE(by_core[1], kConnections / 2 + kTolerated);
  EXPECT_EQ(metrics_.value(counts_.handed_over), static_cast<uint64_t>(by_core[1]));
  EXPECT_EQ(group_->loads().load(0) + group_->loads().load(1), uint32_t{kConnections});
}

TEST_F(OneCoreThatAcceptsForTwo, KeepsABurstBalancedToo) {
  constexpr int kConnections = 200;  // Fewer than an address may have.
  std::vector<core::UniqueFd> sockets;
  for (int i = 0; i < kConnections; ++i) sockets.push_back(connect_to(port_));
  int by_core[2] = {0, 0};
  for (const core::UniqueFd& socket : sockets) {
    const int core = core_of(socket);
    ASSERT_GE(core, 0);
    ++by_core[core];
  }
  constexpr int kTolerated = kConnections / 2 / core::LoadBoard::kToleratedShare + 1;
  EXPECT_LE(by_core[0], kConnections / 2 + kTolerated);
  EXPECT_LE(by_core[1], kConnections / 2 + kTolerated);
}

TEST_F(OneCoreThatAcceptsForTwo, LosesNoneWhenTheyStopMeanwhile) {
  std::vector<core::UniqueFd> sockets;
  for (int i = 0; i < 200; ++i) sockets.push_back(connect_to(port_));
  stop();  // Ends: every socket was served or closed by one of them.
  EXPECT_EQ(group_->loads().load(0) + group_->loads().load(1), 0U);
}

}  // namespace
}  // namespace millrace::http
