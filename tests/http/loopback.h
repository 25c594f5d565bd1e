// A server and its clients on one thread: real sockets, simulated time. What a test sends is served
// while the test waits for the answer.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <utility>

#include "core/clock.h"
#include "core/core.h"
#include "core/metrics.h"
#include "http/server.h"
#include "tests/http/loopback_client.h"

namespace millrace::http::test {

/// The routes are added by the test, before `start`.
class LoopbackTest : public ::testing::Test {
 protected:
  LoopbackTest() : core_(std::move(*core::Core::create({}, clock_))), pump_(*core_) {}
  // Before the members of the test itself go, which routes borrow.
  void TearDown() override {
    if (server_ != nullptr && !stopped_) {
      core::Cancellation hurry;
      hurry.request();
      core_->block_on(server_->stop(&hurry));
    }
    EXPECT_EQ(core_->recv_buffers().in_use(), 0) << "somebody kept a receive buffer";
  }

  void start() {
    auto server = Server::start(
        *core_,
        {.router = router_,
         .metrics = counts_,
         .cors = {},
         .limits = limits_,
         .tls = tls_,
         .access_log = access_log_,
         .pressure = pressure_},
        {});
    ASSERT_TRUE(server) << server.error().what;
    server_ = std::move(*server);
  }
  Client connect() { return Client(pump_, server_->port()); }
  void advance(std::chrono::nanoseconds by) {
    pump_.settle();
    clock_.advance(by);
    pump_.settle();
  }
  /// Begins to stop, and goes on while the test does other things.
  void begin_stop() {
    core_->spawn([](Server& server, bool& stopped) -> core::Task<void> {
      co_await server.stop();
      stopped = true;
    }(*server_, stopped_));
    pump_.settle();
  }

  core::SimulatedClock clock_;
  std::unique_ptr<core::Core> core_;
  Pump pump_;
  core::Metrics metrics_;
  ServerMetrics counts_{metrics_};
  Router router_;
  Limits limits_;
  tls::TlsEndpoint* tls_ = nullptr;
  AccessLog* access_log_ = nullptr;
  const PressureGauge* pressure_ = nullptr;
  std::unique_ptr<Server> server_;
  bool stopped_ = false;
};

}  // namespace millrace::http::test
