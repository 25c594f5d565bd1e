#include "http/h2/http2_session.h"

#include <gtest/gtest.h>

#include "tests/http/h2/h2_routes.h"

namespace millrace::http::h2 {
namespace {

using namespace std::chrono_literals;
using test::H2Client;
using test::H2Reply;

using Http2SessionTest = test::H2Test;
using test::Windows;

TEST_F(Http2SessionTest, AnswersOverPriorKnowledge) {
  start();
  H2Client client = connect_h2();
  const H2Reply& reply = client.wait(client.get("/echo/hello"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "hello");
  EXPECT_TRUE(reply.is_complete);
  EXPECT_EQ(reply.field("content-type"), "text/plain");
  EXPECT_EQ(reply.field("content-length"), "5");
  EXPECT_FALSE(reply.field("date").empty());
  EXPECT_EQ(reply.field("connection"), "");
}

TEST_F(Http2SessionTest, RecognisesAPrefaceThatComesByteByByte) {
  start();
  test::Client socket = connect();
  for (const char c : kPreface) {
    socket.send({&c, 1});
    pump_.settle();
  }
  const std::string settings("\0\0\0\4\0\0\0\0\0", 9);
  socket.send(settings);
  pump_.settle();
  EXPECT_EQ(socket.take_now().substr(3, 1), "\4") << "no SETTINGS came";
}

TEST_F(Http2SessionTest, TakesWhatOnlyBeginsLikeAPrefaceForHttp1) {
  start();
  test::Client socket = connect();
  for (const char c :
       std::string_view("POST /ignored HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")) {
    socket.send({&c, 1});
    pump_.settle();
  }
  EXPECT_EQ(socket.read_reply().status, 409);
  test::Client other = connect();
  other.send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n");
  EXPECT_GE(other.read_reply().status, 400);
}

TEST_F(Http2SessionTest, AnswersManyRequestsSideBySide) {
  start();
  H2Client client = connect_h2();
  std::vector<int32_t> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(client.get("/echo/" + std::to_string(i)));
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(client.wait(ids[static_cast<size_t>(i)]).body, std::to_string(i));
  }
}

TEST_F(Http2SessionTest, SendsFilesAndSharedBytesWhole) {
  start();
  H2Client client = connect_h2();
  const int32_t file = client.get("/file");
  const int32_t shared = client.get("/shared");
  EXPECT_TRUE(client.wait(file).body == "head" + stage_.text);
  EXPECT_TRUE(client.wait(shared).body == stage_.text);
  EXPECT_EQ(client.reply(file).field("content-length"), "1000004");
}

TEST_F(Http2SessionTest, SendsTheWholeHeadOfWhatManyResponsesShare) {
  start();
  H2Client client = connect_h2();
  for (int i = 0; i < 2; ++i) {
    const H2Reply& reply = client.wait(client.get("/prepared"));
    EXPECT_EQ(reply.body, std::string(500, '#'));
    EXPECT_EQ(reply.field("content-type"), "application/vnd.apple.mpegurl");
    EXPECT_EQ(reply.field("etag"), "\"1\"");
    EXPECT_EQ(reply.field("priority"), "u=1");
    EXPECT_EQ(reply.field("content-length"), "500");
  }
}

TEST_F(Http2SessionTest, ReadsABodyLargerThanEveryWindow) {
  start();
  H2Client client = connect_h2();
  const H2Reply& reply =
      client.wait(client.request("POST", "/echo", {}, stage_.text + stage_.text));
  EXPECT_EQ(reply.status, 200);
  EXPECT_TRUE(reply.body == stage_.text + stage_.text);
}

TEST_F(Http2SessionTest, AnswersWithoutReadingTheBodyAndStopsItsSender) {
  start();
  H2Client client = connect_h2();
  const int32_t id = client.request("POST", "/ignored", {}, stage_.text);
  EXPECT_EQ(client.wait(id).status, 409);
  EXPECT_TRUE(client.reply(id).is_complete);
  EXPECT_EQ(client.reply(id).error, uint32_t{NGHTTP2_NO_ERROR});
  EXPECT_EQ(client.wait(client.get("/echo/next")).body, "next");
}

TEST_F(Http2SessionTest, ShowsRoutesTheSameRequestAsHttp1Does) {
  start();
  H2Client client = connect_h2();
  const H2Reply& reply =
      client.wait(client.get("/fields", {{"cookie", "a=1"}, {"cookie", "b=2"}, {"x-a", "v"}}));
  EXPECT_EQ(reply.body, "x|a=1; b=2|v");
  EXPECT_EQ(client.wait(client.get("/%2e%2e/x")).status, 400);
  EXPECT_EQ(client.wait(client.get("/nowhere")).status, 404);
  EXPECT_EQ(client.wait(client.request("DELETE", "/echo/x")).status, 405);
  EXPECT_EQ(client.wait(client.request("BREW", "/echo/x")).status, 501);
}

TEST_F(Http2SessionTest, TellsARouteThatItsClientHasCancelled) {
  start();
  H2Client client = connect_h2();
  const int32_t id = client.get("/blocked");
  client.until([&] { return stage_.running == 1; });
  nghttp2_submit_rst_stream(client.session(), 0, id, NGHTTP2_CANCEL);
  client.until([&] { return stage_.running == 0; });
  ASSERT_FALSE(stage_.ended);
  EXPECT_EQ(stage_.ended.error().code, core::ErrorCode::kClosed);
  EXPECT_EQ(client.wait(client.get("/echo/next")).body, "next");
}

TEST_F(Http2SessionTest, ABlockedRequestBlocksNoOther) {
  start();
  H2Client client = connect_h2();
  const int32_t blocked = client.get("/blocked");
  EXPECT_EQ(client.wait(client.get("/file")).body.size(), 1'000'004U);
  EXPECT_FALSE(client.reply(blocked).is_closed);
  stage_.go.notify_all();
  EXPECT_EQ(client.wait(blocked).body, "went on");
}

TEST_F(Http2SessionTest, EndsRoutesWhenTheConnectionBreaks) {
  start();
  H2Client client = connect_h2();
  client.get("/blocked");
  client.until([&] { return stage_.running == 1; });
  client.socket().close();
  pump_.until([&] { return stage_.running == 0 && server_->connection_count() == 0; });
}

TEST_F(Http2SessionTest, ClosesAConnectionThatHasBeenIdleTooLong) {
  start();
  H2Client client = connect_h2();
  client.wait(client.get("/echo/x"));
  advance(limits_.idle_timeout + 1s);
  EXPECT_TRUE(client.is_over());
  ASSERT_EQ(client.goodbyes().size(), 1U);
  EXPECT_EQ(client.goodbyes()[0], uint32_t{NGHTTP2_NO_ERROR});
}

TEST_F(Http2SessionTest, FinishesStreamsWhenTheServerStops) {
  start();
  H2Client client = connect_h2();
  const int32_t blocked = client.get("/blocked");
  client.until([&] { return stage_.running == 1; });
  begin_stop();
  client.settle();
  EXPECT_GE(client.goodbyes().size(), 1U);
  stage_.go.notify_all();
  EXPECT_EQ(client.wait(blocked).body, "went on");
  client.socket().close();
  pump_.until([&] { return stopped_; });
}

}  // namespace
}  // namespace millrace::http::h2
