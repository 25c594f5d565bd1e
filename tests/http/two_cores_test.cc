// The server as it is deployed: a core a thread, one port, real time.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <future>
#include <thread>

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

/// Sends one request over a connection of its own and yields the body.
std::string ask(uint16_t port) {
  const core::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return "refused";
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

class TwoCores : public ::testing::Test {
 protected:
  TwoCores() {
    router_.add(Method::kGet, "/core", endpoint<&get_core>());
    auto cores = core::Cores::start({.cpus = {0, 0}, .pin = false, .core = {}}, clock_,
                                    [this](core::Cores&, core::Core& core) { return serve(core); });
    EXPECT_TRUE(cores.has_value());
    cores_ = std::move(*cores);
    first_open_.get_future().wait();
    second_open_.get_future().wait();
  }
  ~TwoCores() override {
    cores_->request_stop();
    cores_->join();
  }

  core::Task<void> serve(core::Core& core) {
    const Site site{.router = router_, .metrics = counts_, .cors = {}, .limits = {}};
    // The first takes a free port, the second is given its number.
    while (core.index() == 1 && port_ == 0) co_await core::io::Sleep(core, kPoll);
    auto server = Server::start(core, site, {.address = "127.0.0.1", .port = port_});
    EXPECT_TRUE(server.has_value());
    port_ = (*server)->port();
    (core.index() == 0 ? first_open_ : second_open_).set_value();
    core::Event never;
    static_cast<void>(co_await never.wait(&core.stopping()));
    co_await (*server)->stop();
  }

  static constexpr std::chrono::milliseconds kPoll{1};
  core::SystemClock clock_;
  core::Metrics metrics_;
  ServerMetrics counts_{metrics_};
  Router router_;
  std::atomic<uint16_t> port_ = 0;
  std::promise<void> first_open_;
  std::promise<void> second_open_;
  std::unique_ptr<core::Cores> cores_;
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

}  // namespace
}  // namespace millrace::http
