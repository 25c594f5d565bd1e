#include "http/h2/http2_session.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/event.h"
#include "http/problem.h"
#include "tests/http/h2/h2_client.h"

namespace millrace::http::h2 {
namespace {

using namespace std::chrono_literals;
using test::H2Client;
using test::H2Reply;

RouteResult get_echo(Request& request) {
  return Response::ok("text/plain", std::string(request.param("text")));
}

RouteResult get_fields(Request& request) {
  std::string text(request.header("Host"));
  text.append("|").append(request.header("Cookie")).append("|").append(request.header("X-A"));
  return Response::ok("text/plain", text);
}

core::Task<RouteResult> post_echo(Request& request) {
  auto body = co_await request.read_whole_body(1 << 24);
  if (!body) co_return std::unexpected(body.error());
  co_return Response::ok("application/octet-stream", std::move(*body));
}

RouteResult post_ignored(Request&) { return problem(409, "Conflict"); }

/// A file of different bytes in memory.
std::shared_ptr<const OpenFile> sample_file(size_t size, std::string& text) {
  text.resize(size);
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  core::UniqueFd fd(::memfd_create("sample", MFD_CLOEXEC));
  EXPECT_EQ(::write(fd.get(), text.data(), size), static_cast<ssize_t>(size));
  return std::make_shared<const OpenFile>(std::move(fd), size);
}

/// Routes that answer when the test says so.
struct Stage {
  core::Event go;
  core::Result<> ended;
  int running = 0;
  std::shared_ptr<const OpenFile> file;
  std::string text;

  core::Task<RouteResult> get_blocked(Request& request) {
    ++running;
    ended = co_await go.wait(&request.cancellation());
    --running;
    if (!ended) co_return std::unexpected(ended.error());
    co_return Response::ok("text/plain", "went on");
  }
  RouteResult get_file(Request&) {
    return Response::ok(
        "video/mp4",
        FileSlices{.head = "head", .slices = {{file, 0, 1000}, {file, 1000, file->size() - 1000}}});
  }
  RouteResult get_shared(Request&) {
    return Response::ok("video/mp4",
                        SharedBytes{.identity = std::make_shared<const std::string>(text)});
  }
};

class Http2SessionTest : public test::LoopbackTest {
 protected:
  Http2SessionTest() {
    stage_.file = sample_file(1'000'000, stage_.text);
    router_.add(Method::kGet, "/echo/{text}", endpoint<&get_echo>());
    router_.add(Method::kGet, "/fields", endpoint<&get_fields>());
    router_.add(Method::kPost, "/echo", endpoint<&post_echo>());
    router_.add(Method::kPost, "/ignored", endpoint<&post_ignored>());
    router_.add(Method::kGet, "/blocked", endpoint<&Stage::get_blocked>(stage_));
    router_.add(Method::kGet, "/file", endpoint<&Stage::get_file>(stage_));
    router_.add(Method::kGet, "/shared", endpoint<&Stage::get_shared>(stage_));
  }
  H2Client connect_h2(test::Windows windows = test::Windows::kOpen) {
    return H2Client(pump_, server_->port(), windows);
  }

  Stage stage_;
};

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
