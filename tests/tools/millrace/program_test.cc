#include "tools/millrace/program.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "tests/tools/millrace/program_test_bench.h"
#include "tools/millrace/routes.h"

namespace millrace {
namespace {

using test::Answer;

class ProgramTest : public test::ProgramTestBench {};

TEST_F(ProgramTest, AnswersHeadLikeGetOnEveryRoute) {  // HT-05
  for (const RouteRow& row : route_table()) {
    if (row.method != http::Method::kGet) continue;
    const std::string address = address_of(row.pattern);
    const Answer whole = get(address);
    const Answer head = ask({.method = "HEAD", .target = address});
    EXPECT_NE(whole.status, 405) << address;
    EXPECT_EQ(head.status, whole.status) << address;
    EXPECT_EQ(head.body, "") << address;
    for (const char* name : {"Content-Type", "Cache-Control", "ETag", "Accept-Ranges", "Vary"}) {
      EXPECT_EQ(head.field(name), whole.field(name)) << address << " " << name;
    }
    if (address != "/metrics") {
      EXPECT_EQ(head.field("Content-Length"), whole.field("Content-Length")) << address;
    }
  }
}

TEST_F(ProgramTest, SaysWhatIsAllowedWhereAMethodIsNot) {  // HT-05
  for (const RouteRow& row : route_table()) {
    const std::string address = address_of(row.pattern);
    const Answer options = ask({.method = "OPTIONS", .target = address});
    EXPECT_EQ(options.status, 204) << address;
    // Of these, every method is one that exists, or POST is.
    if (address.starts_with("/api/VideoStream/upload") || address.starts_with("/ingest/")) continue;
    const Answer refused = ask({.method = "POST", .target = address});
    EXPECT_EQ(refused.status, 405) << address;
    EXPECT_EQ(refused.field("Content-Type"), "application/problem+json");
    EXPECT_EQ(refused.field("Allow"), options.field("Allow")) << address;
    EXPECT_TRUE(refused.field("Allow").starts_with("GET, HEAD")) << address;
  }
}

TEST_F(ProgramTest, NamesTheTypeAndTheAgeOfEverything) {  // HT-01, HT-06
  struct Row {
    std::string_view path, type, cache_control;
  };
  constexpr std::string_view kForEver = "public, max-age=31536000, immutable";
  constexpr std::string_view kAnHour = "public, max-age=3600";
  constexpr Row kRows[] = {
      {"manifest/readyready1.m3u8", "application/vnd.apple.mpegurl", kAnHour},
      {"manifest/readyready1/360p.m3u8", "application/vnd.apple.mpegurl", kAnHour},
      {"manifest/readyready1/360p/iframes.m3u8", "application/vnd.apple.mpegurl", kAnHour},
      {"manifest/readyready1/360p/init.mp4", "video/mp4", kForEver},
      {"manifest/readyready1/audio-128k/init.mp4", "audio/mp4", kForEver},
      {"manifest/readyready1/360p/0-1.m4s", "video/iso.segment", kForEver},
      {"manifest/readyready1/360p/track.mp4", "video/mp4", kForEver},
      {"manifest/readyready1/poster.jpg", "image/jpeg", kAnHour},
      {"watch?v=readyready1&itag=18", "video/mp4", kAnHour},
      {"watch?v=readyready1&itag=140", "audio/mp4", kAnHour},
      {"videos", "application/json", "no-cache"},
      {"videos/readyready1", "application/json", "no-cache"},
      {"videos/readyready1/events", "text/event-stream", "no-store"},
      {"videos/gone", "application/problem+json", "no-store"},
  };
  for (const Row& row : kRows) {
    const Answer answer = get(fmt::format("/api/VideoStream/{}", row.path));
    EXPECT_EQ(answer.field("Content-Type"), row.type) << row.path;
    EXPECT_EQ(answer.field("Cache-Control"), row.cache_control) << row.path;
    EXPECT_EQ(answer.field("X-Content-Type-Options"), "nosniff") << row.path;
  }
}

TEST_F(ProgramTest, TakesAFileToAVideoThatCanBePlayed) {
  const std::string video = upload("good");
  EXPECT_EQ(state_at_the_end_of(video), "ready");
  const auto json = core::parse_json(get(video).body);
  const std::string manifest(*json->find("manifestUrl")->as_string());
  // Every core knows it: connections are spread over both.
  for (int i = 0; i < 16; ++i) EXPECT_EQ(get(manifest).status, 200);
  for (const core::JsonValue& format : *json->find("formats")->as_array()) {
    EXPECT_EQ(get(*format.find("url")->as_string()).status, 200);
  }
  EXPECT_EQ(ask({.method = "DELETE", .target = video}).status, 204);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(get(manifest).status, 404);
    EXPECT_EQ(get(video).status, 404);
  }
}

TEST_F(ProgramTest, TellsWhyAFileIsNoVideo) {
  const std::string video = upload("refuse");
  EXPECT_EQ(state_at_the_end_of(video), "failed");
  EXPECT_NE(get(video).body.find(R"("reason":"truncated")"), std::string::npos);
}

TEST_F(ProgramTest, GoesOnAfterARestart) {
  const std::string unfinished = upload("hang");
  restart();
  EXPECT_EQ(get("/api/VideoStream/manifest/readyready1/360p/0-1.m4s").status, 200);
  EXPECT_EQ(get(unfinished).status, 200);
  const std::string id = unfinished.substr(unfinished.rfind('/') + 1);
  program_.reset();
  store_.add_file(store_.paths().original(id), "good            ");
  start();
  EXPECT_EQ(state_at_the_end_of(unfinished), "ready");
}

TEST_F(ProgramTest, KeepsAnAccessLogOfAllCores) {
  program_.reset();
  const std::string path = store_.paths().root() + "/access.log";
  config_.access_log = {.mode = core::AccessLogMode::kFull, .file = path};
  start();
  for (int i = 0; i < 8; ++i) get("/api/VideoStream/manifest/readyready1.m3u8?token=s3cret");
  EXPECT_TRUE(get("/metrics").body.contains("millrace_access_log_dropped_total 0\n"));
  program_.reset();
  std::ifstream file(path);
  std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(std::ranges::count(text, '\n'), 9) << text;
  EXPECT_TRUE(text.contains(R"("path":"/api/VideoStream/manifest/readyready1.m3u8",)"
                            R"("query":"token=***","route":"playlist","protocol":"HTTP/1.1",)"
                            R"("status":200,)"))
      << text;
}

TEST_F(ProgramTest, SaysWhichAddressItCannotListenOn) {
  core::Config second = config_;
  const media::test::Store other;
  second.store.root = other.paths().root();
  second.server.listen.host = "192.0.2.1";  // Of nobody's machine (RFC 5737).
  const auto refused = Program::start(second, clock_, core::Reactor::kAuto);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().starts_with("server.listen 192.0.2.1:0: ")) << refused.error();
}

}  // namespace
}  // namespace millrace
