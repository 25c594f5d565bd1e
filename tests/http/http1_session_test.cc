#include "http/http1_session.h"

#include <gtest/gtest.h>

#include "core/event.h"
#include "core/io/sleep.h"
#include "http/problem.h"
#include "tests/http/loopback.h"

namespace millrace::http {
namespace {

using namespace std::chrono_literals;
using test::Client;
using test::Reply;

RouteResult get_echo(Request& request) {
  return Response::ok("text/plain", std::string(request.param("text")));
}

core::Task<RouteResult> post_echo(Request& request) {
  auto body = co_await request.read_whole_body(1 << 20);
  if (!body) co_return std::unexpected(body.error());
  co_return Response::ok("application/octet-stream", std::move(*body));
}

RouteResult post_ignored(Request&) { return problem(409, "Conflict"); }

/// A route that answers when the test says so, and takes a body portion when the test says so.
struct Stage {
  core::Event go;
  std::string received;
  core::Result<> ended;
  bool took_error = false;
  core::Cancellation* asked = nullptr;

  core::Task<RouteResult> get_blocked(Request& request) {
    ended = co_await go.wait(&request.cancellation());
    if (!ended) co_return std::unexpected(ended.error());
    co_return Response::ok("text/plain", "went on");
  }
  core::Task<RouteResult> put_slowly(Request& request) {
    asked = &request.cancellation();
    for (;;) {
      static_cast<void>(co_await go.wait(&request.cancellation()));
      const auto bytes = co_await request.read_body();
      took_error = !bytes.has_value();
      if (!bytes) co_return std::unexpected(bytes.error());
      if (bytes->empty()) co_return Response::no_content();
      received.append(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    }
  }
};

class Words final : public BodyStream {
 public:
  Words(std::vector<std::string> words, core::Event* more)
      : words_(std::move(words)), more_(more) {}
  core::Task<core::Result<std::string>> next(core::Cancellation& cancellation) override {
    if (at_ < words_.size()) co_return words_[at_++];
    if (more_ == nullptr) co_return std::string();
    const core::Result<> woken = co_await more_->wait(&cancellation);
    if (!woken) co_return std::unexpected(woken.error());
    co_return std::string();
  }

 private:
  std::vector<std::string> words_;
  core::Event* more_;
  size_t at_ = 0;
};

class Broken final : public BodyStream {
 public:
  core::Task<core::Result<std::string>> next(core::Cancellation&) override {
    if (std::exchange(begun_, true)) co_return core::fail(core::ErrorCode::kInternal, "broken");
    co_return "half";
  }

 private:
  bool begun_ = false;
};

struct Streams {
  core::Event more;
  RouteResult get_words(Request&) const {
    return Response::ok("text/plain",
                        std::make_unique<Words>(std::vector<std::string>{"one ", "two"}, nullptr));
  }
  RouteResult get_events(Request&) {
    return Response::ok("text/event-stream",
                        std::make_unique<Words>(std::vector<std::string>{"data: 1\n\n"}, &more));
  }
  RouteResult get_broken(Request&) const {
    return Response::ok("text/plain", std::make_unique<Broken>());
  }
};

class ConnectionTest : public test::LoopbackTest {
 protected:
  ConnectionTest() {
    router_.add(Method::kGet, "/echo/{text}", endpoint<&get_echo>());
    router_.add(Method::kPost, "/echo", endpoint<&post_echo>());
    router_.add(Method::kPost, "/ignored", endpoint<&post_ignored>());
    router_.add(Method::kGet, "/blocked", endpoint<&Stage::get_blocked>(stage_));
    router_.add(Method::kPut, "/slow", endpoint<&Stage::put_slowly>(stage_));
    router_.add(Method::kGet, "/words", endpoint<&Streams::get_words>(streams_));
    router_.add(Method::kGet, "/events", endpoint<&Streams::get_events>(streams_));
    router_.add(Method::kGet, "/broken", endpoint<&Streams::get_broken>(streams_));
    start();
  }
  Stage stage_;
  Streams streams_;
};

TEST_F(ConnectionTest, AnswersAndGoesOn) {
  Client client = connect();
  const Reply first = client.get("/echo/hello");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.body, "hello");
  EXPECT_TRUE(first.head.starts_with("HTTP/1.1 200 OK\r\nDate: "));
  EXPECT_EQ(first.field("Content-Length"), "5");
  EXPECT_EQ(first.field("Connection"), "");
  EXPECT_EQ(client.get("/echo/again").body, "again");
  EXPECT_EQ(client.get("/nothing").status, 404);
  EXPECT_EQ(client.get("/echo/still").body, "still");
}

TEST_F(ConnectionTest, HoldsNoReceiveBufferBetweenRequests) {
  Client client = connect();
  client.get("/echo/a");
  pump_.settle();
  EXPECT_EQ(core_->recv_buffers().in_use(), 0);
  EXPECT_EQ(server_->connection_count(), 1U);
}

TEST_F(ConnectionTest, AnswersPipelinedRequestsInOrder) {
  Client client = connect();
  std::string requests;
  for (int i = 0; i < 300; ++i) {
    requests += "GET /echo/" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  }
  client.send(requests);
  for (int i = 0; i < 300; ++i) ASSERT_EQ(client.read_reply().body, std::to_string(i));
}

TEST_F(ConnectionTest, UnderstandsRequestsByteByByte) {
  Client client = connect();
  const std::string requests =
      "\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;a=b\r\nhello\r\n6\r\n world\r\n0\r\nX: y\r\n\r\n"
      "GET /echo/next HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const char byte : requests) {
    client.send(std::string_view(&byte, 1));
    core_->turn(core::Core::Idle::kReturn);
    core_->turn(core::Core::Idle::kReturn);
  }
  EXPECT_EQ(client.read_reply().body, "hello world");
  EXPECT_EQ(client.read_reply().body, "next");
}

TEST_F(ConnectionTest, EchoesLargeBodiesBothWays) {
  std::string big;
  for (int i = 0; big.size() < 900'000; ++i) big += std::to_string(i) + ",";
  Client client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(big.size()) +
              "\r\n\r\n");
  client.send(big);
  EXPECT_EQ(client.read_reply().body, big);
  EXPECT_EQ(client.get("/echo/on").body, "on");
}

TEST_F(ConnectionTest, ClosesWhenAskedTo) {
  Client client = connect();
  const Reply reply = client.get("/echo/a", "Connection: close\r\n");
  EXPECT_EQ(reply.field("Connection"), "close");
  EXPECT_EQ(client.read_to_end(), "");
  Client old = connect();
  old.send("GET /echo/old HTTP/1.0\r\n\r\n");
  EXPECT_EQ(old.read_reply().body, "old");
  EXPECT_EQ(old.read_to_end(), "");
  Client keeping = connect();
  keeping.send("GET /echo/old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(keeping.read_reply().field("Connection"), "keep-alive");
  EXPECT_EQ(keeping.get("/echo/b").body, "b");
}

TEST_F(ConnectionTest, AnswersALastRequestWholeAlthoughMoreIsSentBehindIt) {
  for (int i = 0; i < 20; ++i) {
    Client client = connect();
    client.send("GET /echo/a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    client.send("unasked");  // A reset would drop the response.
    EXPECT_EQ(client.read_reply().status, 200);
  }
}

TEST_F(ConnectionTest, InvitesABodyOnlyWhenTheRouteReadsIt) {
  Client client = connect();
  const std::string expecting = "Host: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
  client.send("POST /echo HTTP/1.1\r\n" + expecting);
  EXPECT_EQ(client.read_reply().status, 100);
  client.send("body");
  EXPECT_EQ(client.read_reply().body, "body");
  client.send("POST /ignored HTTP/1.1\r\n" + expecting);
  const Reply refused = client.read_reply();
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.field("Connection"), "close") << "it may or may not send the body now";
}

TEST_F(ConnectionTest, DoesNotInviteABodyThatIsAlreadyComing) {
  Client client = connect();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(client.read_reply().status, 200);
}

TEST_F(ConnectionTest, SkipsAShortBodyThatNobodyReadAndClosesOverALongOne) {
  Client client = connect();
  client.send("POST /ignored HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" +
              std::string(1000, 'z'));
  EXPECT_EQ(client.read_reply().status, 409);
  EXPECT_EQ(client.get("/echo/next").body, "next");
  client.send("POST /ignored HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  client.send(std::string(200'000, 'z'));
  const Reply refused = client.read_reply();
  EXPECT_EQ(refused.status, 409) << "the answer survives although the client was still sending";
  EXPECT_EQ(refused.field("Connection"), "close");
}

TEST_F(ConnectionTest, ReadsABodyNoFasterThanTheRoute) {
  Client client = connect();
  client.send("PUT /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n");
  const std::string block(1 << 16, 'b');
  size_t accepted = 0;
  for (int i = 0; i < 2000; ++i) {
    const ssize_t sent = ::send(client.fd(), block.data(), block.size(), MSG_DONTWAIT);
    if (sent > 0) accepted += static_cast<size_t>(sent);
    core_->turn(core::Core::Idle::kReturn);
  }
  EXPECT_EQ(stage_.received, "");
  EXPECT_LT(accepted, 20U << 20) << "the kernel's socket buffers, no more";
  EXPECT_LE(core_->recv_buffers().in_use(), 64);
}

TEST_F(ConnectionTest, ListensToOthersWhenManySendAndAreNotListenedTo) {
  // Each is blocked in its route and goes on sending small pieces: enough to take every receive
  // buffer of the core, were they kept.
  std::vector<Client> talkers;
  for (int i = 0; i < 200; ++i) {
    talkers.push_back(connect());
    talkers.back().send("GET /blocked HTTP/1.1\r\nHost: x\r\n\r\n");
  }
  for (int round = 0; round < 12; ++round) {
    for (Client& talker : talkers) talker.send("x");
    pump_.settle();
  }
  EXPECT_LE(core_->recv_buffers().in_use(), 600);
  EXPECT_EQ(connect().get("/echo/heard").body, "heard");
}

TEST_F(ConnectionTest, TellsARouteThatItsClientIsGone) {
  Client client = connect();
  client.send("GET /blocked HTTP/1.1\r\nHost: x\r\n\r\n");
  pump_.settle();
  client.close();
  pump_.until([&] { return server_->connection_count() == 0; });
  ASSERT_FALSE(stage_.ended);
  EXPECT_EQ(stage_.ended.error().code, core::ErrorCode::kClosed);
}

TEST_F(ConnectionTest, TellsARouteThatItsBodyBrokeOff) {
  stage_.go.set();
  Client client = connect();
  client.send("PUT /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
  pump_.until([&] { return stage_.received == "half"; });
  client.close();
  pump_.until([&] { return server_->connection_count() == 0; });
  EXPECT_TRUE(stage_.took_error);
}

TEST_F(ConnectionTest, EndsTheReadOfABodyThatNobodyWaitsForAnyMore) {
  stage_.go.set();
  Client client = connect();
  client.send("PUT /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
  pump_.until([&] { return stage_.received == "half"; });
  stage_.asked->request();
  pump_.until([&] { return stage_.took_error; });
}

TEST_F(ConnectionTest, StreamsInChunksOrUntilTheEndOfTheConnection) {
  Client client = connect();
  const Reply reply = client.get("/words");
  EXPECT_EQ(reply.body, "one two");
  EXPECT_EQ(reply.field("Transfer-Encoding"), "chunked");
  client.send("HEAD /words HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(client.read_reply(Client::Of::kHead).status, 200);
  EXPECT_EQ(client.get("/echo/on").body, "on");
  Client old = connect();
  old.send("GET /words HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const Reply closing = old.read_reply();
  EXPECT_EQ(closing.field("Connection"), "close");
  EXPECT_EQ(closing.body, "one two");
}

TEST_F(ConnectionTest, EndsAnEventStreamWhenItsClientLeaves) {
  Client client = connect();
  client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_NE(client.take_now().find("data: 1\n\n"), std::string::npos);
  advance(10min);
  EXPECT_EQ(server_->connection_count(), 1U) << "silence is no reason to end it";
  client.close();
  pump_.until([&] { return server_->connection_count() == 0; });
}

TEST_F(ConnectionTest, NeverMakesABrokenBodyLookWhole) {
  Client client = connect();
  client.send("GET /broken HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string all = client.read_to_end();
  EXPECT_NE(all.find("4\r\nhalf\r\n"), std::string::npos);
  EXPECT_EQ(all.find("0\r\n\r\n"), std::string::npos);
  EXPECT_EQ(metrics_.value(counts_.broken_responses), 1U);
}

TEST_F(ConnectionTest, GivesUpOnASlowHead) {  // HT-11
  Client client = connect();
  client.send("GET /echo/a HTTP/1.1\r\n");
  advance(limits_.head_timeout - 100ms);
  client.send("Host: x\r\n");
  EXPECT_FALSE(client.is_closed());
  advance(200ms);
  EXPECT_EQ(client.read_reply().status, 408);
  EXPECT_EQ(client.read_to_end(), "");
}

TEST_F(ConnectionTest, ClosesWhatIsIdle) {  // HT-11
  Client client = connect();
  client.get("/echo/a");
  advance(limits_.idle_timeout - 100ms);
  EXPECT_FALSE(client.is_closed());
  advance(200ms);
  EXPECT_EQ(client.read_to_end(), "") << "silently: there is no request to answer";
}

TEST_F(ConnectionTest, CutsOffABodyThatTrickles) {  // HT-11
  stage_.go.set();
  Client client = connect();
  client.send("PUT /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  for (int i = 0; i < 40 && !client.is_closed() && !stage_.took_error; ++i) {
    client.send("x");
    advance(1s);
  }
  EXPECT_TRUE(stage_.took_error);
  EXPECT_LT(stage_.received.size(), 35U);
}

TEST_F(ConnectionTest, WaitsForARouteAsLongAsItThinks) {  // HT-11
  Client client = connect();
  client.send("GET /blocked HTTP/1.1\r\nHost: x\r\n\r\n");
  advance(10min);
  EXPECT_FALSE(client.is_closed());
  stage_.go.set();
  EXPECT_EQ(client.read_reply().body, "went on");
}

TEST_F(ConnectionTest, RefusesHeadsThatAreTooLarge) {  // HT-11
  Client client = connect();
  client.send("GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(limits_.head_bytes_max, 'x'));
  EXPECT_EQ(client.read_reply().status, 431);
}

}  // namespace
}  // namespace millrace::http
