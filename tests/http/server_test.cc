#include "http/server.h"

#include <gtest/gtest.h>

#include "core/event.h"
#include "tests/http/loopback.h"

namespace millrace::http {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::Reply;

RouteResult get_text(Request& request) {
  return Response::ok("text/plain", request.peer_address());
}

struct Gatekeeper {
  core::Event open;
  core::Task<RouteResult> get_patient(Request& request) {
    const core::Result<> woken = co_await open.wait(&request.cancellation());
    if (!woken) co_return std::unexpected(woken.error());
    co_return Response::ok("text/plain", "patient");
  }
  core::Task<RouteResult> get_deaf(Request&) {
    static_cast<void>(co_await open.wait());
    co_return Response::ok("text/plain", "deaf");
  }
};

class Endless final : public BodyStream {
 public:
  core::Task<core::Result<std::string>> next(core::Cancellation& cancellation) override {
    const core::Result<> woken = co_await never_.wait(&cancellation);
    co_return std::unexpected(woken.error());
  }

 private:
  core::Event never_;
};

RouteResult get_endless(Request&) {
  return Response::ok("text/event-stream", std::make_unique<Endless>());
}

/// Keeps its core busy.
struct Slow {
  core::SimulatedClock& clock;
  RouteResult get(Request&) {
    clock.advance(std::chrono::milliseconds(500));
    return Response::ok("text/plain", "at last");
  }
};

class ServerTest : public test::LoopbackTest {
 protected:
  ServerTest() {
    router_.add(Method::kGet, "/", endpoint<&get_text>());
    router_.add(Method::kGet, "/patient", endpoint<&Gatekeeper::get_patient>(gate_));
    router_.add(Method::kGet, "/deaf", endpoint<&Gatekeeper::get_deaf>(gate_));
    router_.add(Method::kGet, "/endless", endpoint<&get_endless>());
  }
  void ask(Client& client, std::string_view path) {
    client.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    pump_.settle();
  }
  Gatekeeper gate_;
};

TEST_F(ServerTest, TakesAFreePortAndTellsIt) {
  start();
  EXPECT_NE(server_->port(), 0);
  EXPECT_EQ(connect().get("/").body, "127.0.0.1");
}

TEST_F(ServerTest, SharesAPortWithTheServerOfAnotherCore) {
  start();
  const Site site{.router = router_, .metrics = counts_, .cors = {}, .limits = limits_};
  auto second = Server::start(*core_, site, {.address = "127.0.0.1", .port = server_->port()});
  ASSERT_TRUE(second);
  EXPECT_EQ((*second)->port(), server_->port());
  core_->block_on((*second)->stop());
}

TEST_F(ServerTest, SaysWhatIsWrongWithAnAddress) {
  const Site site{.router = router_, .metrics = counts_, .cors = {}, .limits = limits_};
  const auto failed = Server::start(*core_, site, {.address = "nowhere", .port = 0});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, core::ErrorCode::kInvalid);
}

TEST_F(ServerTest, RefusesConnectionsOverTheLimitOfACore) {  // HT-11
  limits_.connection_count_max = 2;
  start();
  Client first = connect();
  Client second = connect();
  pump_.settle();
  Client third = connect();
  const Reply reply = third.get("/");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.field("Retry-After"), "5");
  EXPECT_EQ(third.read_to_end(), "");
  EXPECT_EQ(first.get("/").status, 200) << "those who were here go on";
  second.close();
  pump_.until([&] { return server_->connection_count() == 1; });
  EXPECT_EQ(connect().get("/").status, 200);
  EXPECT_EQ(metrics_.value(counts_.refused), 1U);
}

TEST_F(ServerTest, RefusesConnectionsOverTheLimitOfAnAddress) {  // HT-11
  limits_.connection_count_max_per_address = 1;
  start();
  Client first = connect();
  EXPECT_EQ(first.get("/").status, 200);
  EXPECT_EQ(connect().get("/").status, 503);
  first.close();
  pump_.until([&] { return server_->connection_count() == 0; });
  EXPECT_EQ(connect().get("/").status, 200);
}

TEST_F(ServerTest, CountsConnectionsTogetherWithTheServersOfOtherCores) {
  core::Headcount all;
  limits_.connection_count_max_per_address = 2;
  start();
  const Site site{.router = router_,
                  .metrics = counts_,
                  .cors = {},
                  .limits = limits_,
                  .headcount = &all};
  auto second = Server::start(*core_, site, {});
  auto third = Server::start(*core_, site, {});
  ASSERT_TRUE(second && third);
  Client one(pump_, (*second)->port());
  Client two(pump_, (*third)->port());
  EXPECT_EQ(one.get("/").status, 200);
  EXPECT_EQ(two.get("/").status, 200);
  EXPECT_EQ(Client(pump_, (*second)->port()).get("/").status, 503);
  EXPECT_EQ(all.whole(), 2U);
  core_->block_on((*second)->stop());
  EXPECT_EQ(all.whole(), 1U);
  core_->block_on((*third)->stop());
}

TEST_F(ServerTest, RefusesConnectionsFirstAndThenOnlyWhatBeginsSomethingLong) {
  PressureGauge gauge(core_->loop_lag());
  Endpoint starts = endpoint<&get_text>();
  starts.admission = Admission::kWhenCalm;
  router_.add(Method::kGet, "/start", starts);
  pressure_ = &gauge;
  start();
  Client client = connect();
  EXPECT_EQ(client.get("/start").status, 200);
  gauge.set_machine_load({.descriptors_open = 90, .descriptors_max = 100});
  EXPECT_EQ(connect().get("/").status, 503);
  EXPECT_EQ(client.get("/start").status, 200);
  gauge.set_machine_load({.descriptors_open = 95, .descriptors_max = 100});
  const Reply refused = client.get("/start");
  EXPECT_EQ(refused.status, 503);
  EXPECT_FALSE(refused.field("Retry-After").empty());
  EXPECT_EQ(client.get("/").status, 200) << "sessions that run are never refused";
  gauge.set_machine_load({});
  EXPECT_EQ(connect().get("/start").status, 200);
  EXPECT_EQ(metrics_.value(counts_.refused_starts), 1U);
}

TEST_F(ServerTest, RefusesConnectionsWhileTurnsOfItsCoreAreLong) {
  PressureGauge gauge(core_->loop_lag());
  Slow slow{clock_};
  router_.add(Method::kGet, "/slow", endpoint<&Slow::get>(slow));
  pressure_ = &gauge;
  start();
  Client client = connect();
  EXPECT_EQ(client.get("/slow").status, 200);
  EXPECT_EQ(connect().get("/").status, 200) << "one long turn is no overload";
  for (int i = 0; i < 4; ++i) EXPECT_EQ(client.get("/slow").status, 200);
  EXPECT_EQ(gauge.level(PressureSignal::kLoopLag), Pressure::kNoConnections);
  EXPECT_EQ(connect().get("/").status, 503);
  EXPECT_EQ(client.get("/").status, 200);
  advance(std::chrono::seconds(4));
  EXPECT_EQ(client.get("/").status, 200);
  EXPECT_EQ(connect().get("/").status, 200);
}

TEST_F(ServerTest, TakesNewLimitsWhileItRuns) {
  start();
  Client first = connect();
  EXPECT_EQ(first.get("/").status, 200);
  limits_.connection_count_max = 1;
  server_->configure({}, limits_);
  EXPECT_EQ(connect().get("/").status, 503);
}

TEST_F(ServerTest, AnswersWhoHadConnectedBeforeItStopped) {
  start();
  Client fresh = connect();
  pump_.settle();
  begin_stop();
  const Reply reply = fresh.get("/");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Connection"), "close");
  pump_.until([&] { return stopped_; });
}

TEST_F(ServerTest, FallsQuietWhenNoRouteRunsAnyMore) {
  start();
  Client client = connect();
  ask(client, "/patient");
  bool quiet = false;
  core_->spawn([](Server& server, bool& done) -> core::Task<void> {
    co_await server.fall_quiet();
    done = true;
  }(*server_, quiet));
  advance(core::Timers::kTick);
  advance(core::Timers::kTick);
  EXPECT_TRUE(quiet);
  EXPECT_EQ(client.read_reply().status, 503) << "it was told that the server stops";
  begin_stop();
  pump_.until([&] { return stopped_; });
}

TEST_F(ServerTest, AcceptsFromSocketsThatItIsGiven) {
  auto socket = core::io::listen_tcp("127.0.0.1", 0);
  ASSERT_TRUE(socket);
  std::vector<core::UniqueFd> sockets;
  sockets.push_back(std::move(*socket));
  const Site site{.router = router_, .metrics = counts_, .cors = {}, .limits = limits_};
  auto server = Server::start(*core_, site, {.sockets = std::move(sockets)});
  ASSERT_TRUE(server);
  {
    Client client(pump_, (*server)->port());
    EXPECT_EQ(client.get("/").status, 200);
  }
  core_->block_on((*server)->stop());
}

TEST_F(ServerTest, StopsAtOnceWhenNothingIsUnderWay) {
  start();
  Client idle = connect();
  idle.get("/");
  begin_stop();
  pump_.until([&] { return stopped_; });
  EXPECT_EQ(idle.read_to_end(), "");
}

TEST_F(ServerTest, LetsAResponseFinishBeforeItStops) {
  start();
  Client client = connect();
  ask(client, "/patient");
  begin_stop();
  advance(1s);
  EXPECT_FALSE(stopped_);
  gate_.open.set();
  const Reply reply = client.read_reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Connection"), "close");
  pump_.until([&] { return stopped_; });
}

TEST_F(ServerTest, EndsEndlessBodiesWhenItStops) {
  start();
  Client client = connect();
  ask(client, "/endless");
  begin_stop();
  pump_.until([&] { return stopped_; });
  EXPECT_EQ(client.read_to_end().find("0\r\n\r\n"), std::string::npos);
}

TEST_F(ServerTest, ReleasesBlockedRoutesAfterAMoment) {
  start();
  Client client = connect();
  ask(client, "/patient");
  begin_stop();
  advance(Server::kReleaseAfter + 10ms);
  const Reply reply = client.read_reply();
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.field("Retry-After"), "1");
  pump_.until([&] { return stopped_; });
}

TEST_F(ServerTest, WaitsForARouteThatDoesNotListenOnlySoLong) {
  start();
  Client client = connect();
  ask(client, "/deaf");
  begin_stop();
  advance(Server::kReleaseAfter + 10ms);
  advance(limits_.drain_timeout);
  EXPECT_FALSE(stopped_) << "a route that runs cannot be taken away";
  gate_.open.set();
  pump_.until([&] { return stopped_; });
  EXPECT_EQ(client.read_to_end(), "") << "but nothing is sent for it any more";
}

TEST_F(ServerTest, AcceptsNobodyOnceItStops) {
  start();
  Client client = connect();
  ask(client, "/patient");
  begin_stop();
  core_->turn(core::Core::Idle::kReturn);
  const uint64_t accepted = metrics_.value(counts_.accepted);
  Client late = connect();
  pump_.settle();
  EXPECT_EQ(metrics_.value(counts_.accepted), accepted);
  gate_.open.set();
  pump_.until([&] { return stopped_; });
}

}  // namespace
}  // namespace millrace::http
