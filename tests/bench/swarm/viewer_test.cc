#include "bench/swarm/viewer.h"

#include <gtest/gtest.h>

#include "core/json.h"
#include "tests/http/loopback.h"

namespace millrace::swarm {
namespace {

using core::ErrorCode;

TEST(Target, IsAnAddressInNumbers) {
  const auto target = parse_target("http://127.0.0.1:8080/live/a.m3u8?x=1");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->host, "127.0.0.1:8080");
  EXPECT_EQ(target->path, "/live/a.m3u8?x=1");
  EXPECT_EQ(parse_target("http://[::1]:80")->path, "/");
  for (const char* bad :
       {"https://127.0.0.1/", "127.0.0.1", "http://example.org/", "http://127.0.0.1:99999/"}) {
    EXPECT_EQ(parse_target(bad).error().code, ErrorCode::kInvalid) << bad;
  }
}

TEST(Target, ResolvesWhatPlaylistsName) {
  EXPECT_EQ(*resolve("/live/a.m3u8?x=/y", "a/1.m4s"), "/live/a/1.m4s");
  EXPECT_EQ(*resolve("/live/a/b.m3u8", "../c.m4s"), "/live/c.m4s");
  EXPECT_EQ(*resolve("/live/a.m3u8", "/root.m4s"), "/root.m4s");
  EXPECT_EQ(resolve("/a", "http://cdn/b").error().code, ErrorCode::kUnsupported);
}

/// A server whose stream has ten parts and grows by one with each reload that asks for one.
class ViewerTest : public http::test::LoopbackTest {
 protected:
  void SetUp() override {
    router_.add(http::Method::kGet, "/live.m3u8", http::endpoint<&ViewerTest::get_playlist>(*this));
    router_.add(http::Method::kGet, "/{part}.m4s", http::endpoint<&ViewerTest::get_part>(*this));
    start();
    server_address_ = *parse_target("http://127.0.0.1:" + std::to_string(server_->port()));
  }

  http::RouteResult get_playlist(http::Request& request) {
    queries_.emplace_back(request.query().find("_HLS_part").value_or(""));
    std::string text =
        "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:4\n#EXT-X-PART-INF:PART-TARGET=0.5\n"
        "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.5\n"
        "#EXT-X-MEDIA-SEQUENCE:7\n#EXT-X-MAP:URI=\"0.mp4\"\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n";
    if (queries_.size() > 1) ++part_count_;
    for (int i = 0; i < part_count_; ++i) {
      text += "#EXT-X-PART:DURATION=0.5,URI=\"p" + std::to_string(i) + ".m4s\"" +
              (i % 4 == 0 ? ",INDEPENDENT=YES\n" : "\n");
    }
    if (part_count_ == 12) text += "#EXTINF:6,\n7.m4s\n#EXT-X-ENDLIST\n";
    return http::Response::ok("application/vnd.apple.mpegurl", std::move(text));
  }
  http::RouteResult get_part(http::Request& request) {
    fetched_ += std::string(request.param("part")) + " ";
    return http::Response::ok("video/iso.segment", std::string(1000, 'x'));
  }

  int part_count_ = 10;
  std::vector<std::string> queries_;
  std::string fetched_;
  std::optional<Target> server_address_;
};

TEST_F(ViewerTest, JoinsAtTheHoldBackAndGoesOnPartByPart) {
  PlaylistMemo memo;
  Tally tally;
  core::Cancellation stop;
  const std::string path = "/live.m3u8";
  Viewer viewer(*server_address_, path, memo, tally);
  core_->block_on(viewer.watch(stop));
  // 1.5 s back from the end is p7; the last key frame before it is p4.
  EXPECT_EQ(fetched_, "p4 p5 p6 p7 p8 p9 p10 p11 ");
  EXPECT_EQ(queries_, (std::vector<std::string>{"", "10", "11"}));
  EXPECT_EQ(tally.parts, 8U);
  EXPECT_EQ(tally.reloads, 3U);
  EXPECT_EQ(tally.stalls, 0U);
  EXPECT_TRUE(tally.errors.empty());
  EXPECT_TRUE(core::parse_json(tally.json(1)));
}

TEST_F(ViewerTest, CountsWhatGoesWrongAndStopsWhenTold) {
  PlaylistMemo memo;
  Tally tally;
  core::Cancellation stop;
  const std::string path = "/none.m3u8";
  Viewer viewer(*server_address_, path, memo, tally);
  bool ended = false;
  core_->spawn([](Viewer& its, core::Cancellation& until, bool& done) -> core::Task<void> {
    co_await its.watch(until);
    done = true;
  }(viewer, stop, ended));
  pump_.until([&] { return tally.errors.contains("status 404"); });
  stop.request();
  pump_.until([&] { return ended; });
  EXPECT_EQ(tally.viewers_playing, 0U);
}

}  // namespace
}  // namespace millrace::swarm
