#include "http/access_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "core/json.h"
#include "tests/http/loopback.h"
#include "tests/http/sample_request.h"

namespace millrace::http {
namespace {

using core::AccessLogMode;
using core::PeerForm;
using test::SampleRequest;

RouteResult get_text(Request&) { return Response::ok("text/plain", "four"); }

class AccessLogTest : public test::LoopbackTest {
 protected:
  AccessLogTest() : path_(testing::TempDir() + "millrace-access-" + std::to_string(::getpid())) {
    std::filesystem::remove(path_);
    spool_ = std::move(*core::LineSpool::open(path_));
    config_.mode = AccessLogMode::kFull;
  }
  ~AccessLogTest() override { std::filesystem::remove(path_); }

  /// Everything written so far; nothing more is written.
  std::string written() {
    spool_.reset();
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void record(const Request& request, const Exchanged& exchanged) {
    log_.configure(config_, spool_.get());
    log_.record(request, exchanged);
  }
  static Exchanged fine() {
    return {.began = core::UnixTime(std::chrono::seconds(1'800'000'000)),
            .duration = std::chrono::microseconds(1500),
            .status = 206,
            .bytes = 1234,
            .protocol = "HTTP/2"};
  }

  const std::string path_;
  core::AccessLogConfig config_;
  std::unique_ptr<core::LineSpool> spool_;
  AccessLog log_;
};

TEST_F(AccessLogTest, WritesARequestAsOneObject) {
  SampleRequest request(Method::kGet, "/a%20b?v=1&token=abc",
                        {{"Range", "bytes=0-1233"},
                         {"User-Agent", "Mozilla/5.0 \"quoted\""},
                         {"Referer", "https://example.org/?key=s3cret"}});
  request.get().set_route_class(RouteClass::kSegment);
  record(request.get(), fine());
  config_.referer = true;
  config_.peer = PeerForm::kNetwork;
  record(request.get(), fine());
  EXPECT_EQ(
      written(),
      R"({"time":"2027-01-15T08:00:00.000Z","peer":"192.0.2.7","method":"GET","path":"/a b",)"
      R"("query":"v=1&token=***","route":"segment","protocol":"HTTP/2","status":206,"bytes":1234,)"
      R"("duration_us":1500,"range":"bytes=0-1233","user_agent":"Mozilla/5.0 \"quoted\""})"
      "\n"
      R"({"time":"2027-01-15T08:00:00.000Z","peer":"192.0.2.0","method":"GET","path":"/a b",)"
      R"("query":"v=1&token=***","route":"segment","protocol":"HTTP/2","status":206,"bytes":1234,)"
      R"("duration_us":1500,"range":"bytes=0-1233","user_agent":"Mozilla/5.0 \"quoted\"",)"
      R"("referer":"https://example.org/?key=***"})"
      "\n");
}

TEST_F(AccessLogTest, HidesSecretsBehindEscapesAndInAddressesInsideValues) {
  SampleRequest request(Method::kGet, "/?%74oken=abc&next=https%3A%2F%2Fx%2F%3Fsig%3Ddef");
  record(request.get(), fine());
  const std::string line = written();
  EXPECT_FALSE(line.contains("abc")) << line;
  EXPECT_FALSE(line.contains("def")) << line;
}

TEST_F(AccessLogTest, HidesSecretsThatAreAPartOfThePath) {
  SampleRequest request(Method::kPut, "/ingest/s3cret/more");
  const std::string_view path = request.get().path();
  request.get().set_params({{"key", path.substr(8, 6)}, {"rest", path.substr(15)}});
  record(request.get(), fine());
  const std::string line = written();
  EXPECT_TRUE(line.contains(R"("path":"/ingest/***/more")")) << line;
}

TEST_F(AccessLogTest, StaysOneShortLineWhateverIsSent) {
  const std::string long_value(8000, '\x01');
  SampleRequest request(Method::kGet, "/" + std::string(7000, 'a') + "?q=" + std::string(900, 'b'),
                        {{"User-Agent", long_value}, {"Range", "\"}\n{\xff"}});
  record(request.get(), fine());
  const std::string line = written();
  EXPECT_LT(line.size(), 3000U);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_TRUE(core::parse_json(line)) << line;
}

TEST_F(AccessLogTest, SamplesWhatWentWellAndWritesEveryFailure) {
  config_.mode = AccessLogMode::kSampled;
  config_.sample_every = 10;
  log_.configure(config_, spool_.get());
  SampleRequest request(Method::kGet, "/");
  Exchanged failed = fine(), broken = fine();
  failed.status = 503;
  broken.ending = Ending::kBroken;
  for (int i = 0; i < 40; ++i) log_.record(request.get(), fine());
  for (int i = 0; i < 7; ++i) log_.record(request.get(), failed);
  for (int i = 0; i < 5; ++i) log_.record(request.get(), broken);
  const std::string lines = written();
  EXPECT_EQ(std::ranges::count(lines, '\n'), 4 + 7 + 5);
}

TEST_F(AccessLogTest, WritesNothingWhenItIsOff) {
  config_.mode = AccessLogMode::kOff;
  SampleRequest request(Method::kGet, "/");
  record(request.get(), fine());
  log_.record_unread("192.0.2.7", fine());
  EXPECT_EQ(written(), "");
}

TEST_F(AccessLogTest, TellsHowEachRequestOfAConnectionEnded) {
  router_.add(Method::kGet, "/text", endpoint<&get_text>());
  log_.configure(config_, spool_.get());
  access_log_ = &log_;
  start();
  test::Client client = connect();
  const test::Reply text = client.get("/text");
  const test::Reply lost = client.get("/lost");
  client.send("NONSENSE\r\n\r\n");
  const std::string refused = client.read_to_end();
  const auto line = [](std::string_view request, int status, size_t bytes) {
    return fmt::format(
        R"({{"time":"2027-01-15T08:00:01.000Z","peer":"127.0.0.1",{}"protocol":"HTTP/1.1",)"
        R"("status":{},"bytes":{},"duration_us":0}})"
        "\n",
        request, status, bytes);
  };
  EXPECT_EQ(written(),
            line(R"("method":"GET","path":"/text","route":"other",)", 200,
                 text.head.size() + text.body.size()) +
                line(R"("method":"GET","path":"/lost","route":"other",)", 404,
                     lost.head.size() + lost.body.size()) +
                line("", 400, refused.size()));
}

TEST(NetworkOf, KeepsTheFirstThreeBytesOfIpv4AndTheFirstSixOfIpv6) {
  EXPECT_EQ(network_of("203.0.113.77"), "203.0.113.0");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1::");
  EXPECT_EQ(network_of("nonsense"), "");
}

}  // namespace
}  // namespace millrace::http
