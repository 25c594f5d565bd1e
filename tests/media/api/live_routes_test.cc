#include "media/api/live_routes.h"

#include <gtest/gtest.h>

#include "media/hls/multivariant_playlist_text.h"
#include "tests/media/api/live_test_bench.h"

namespace millrace::media::api {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LiveRoutesTest : public test::LiveTest {};

std::string text_of(const std::vector<std::vector<std::byte>>& parts, size_t first, size_t count) {
  std::string text;
  for (size_t i = first; i < first + count; ++i) {
    text.append(reinterpret_cast<const char*>(parts[i].data()), parts[i].size());
  }
  return text;
}

TEST_F(LiveRoutesTest, ShowsAStreamFromItsFirstPart) {
  auto waiting = ask(".m3u8");
  EXPECT_EQ(shelf_.waiters(), 1);
  publisher_->push();
  const auto reply = waiting.read_reply();
  ASSERT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Content-Type"), "application/vnd.apple.mpegurl");
  const auto list = hls::parse_multivariant_playlist(reply.body);
  ASSERT_TRUE(list) << list.error().what;
  ASSERT_EQ(list->variants.size(), 1);
  EXPECT_EQ(list->variants[0].variant.uri, "cam1/720p.m3u8");
  EXPECT_EQ(list->variants[0].variant.bandwidth_bps, 2'130'000);
  EXPECT_EQ(list->variants[0].variant.codecs, "avc1.64000d,mp4a.40.2");
  EXPECT_EQ(list->renditions.at(0).uri, "cam1/audio.m3u8");
}

TEST_F(LiveRoutesTest, ServesWhatItLists) {
  publisher_->push_segment();
  publisher_->push();
  const auto list = playlist("720p");
  ASSERT_EQ(list.segments.size(), 1);
  auto client = connect();
  const auto init = client.get(address("/" + list.maps.at(0).uri));
  EXPECT_EQ(init.status, 200);
  EXPECT_EQ(init.field("Content-Type"), "video/mp4");
  EXPECT_EQ(init.body.substr(4, 4), "ftyp");
  const auto segment = client.get(address("/" + list.segments[0].uri));
  EXPECT_EQ(segment.field("Content-Type"), "video/iso.segment");
  EXPECT_EQ(segment.field("Cache-Control"), "public, max-age=12");
  EXPECT_EQ(segment.body, text_of(publisher_->sent(0), 0, 4));
  std::string parts;
  for (const auto& part : list.segments[0].parts) {
    parts += client.get(address("/" + part.uri)).body;
  }
  EXPECT_EQ(parts, segment.body) << "LL-05";
  EXPECT_EQ(client.get(address("/" + list.next.parts.at(0).uri)).body,
            text_of(publisher_->sent(0), 4, 1));
  const auto range = client.get(address("/" + list.segments[0].uri), "Range: bytes=4-7\r\n");
  EXPECT_EQ(range.status, 206);
  EXPECT_EQ(range.body, "moof");
}

TEST_F(LiveRoutesTest, HoldsAReloadUntilThePartExists) {
  publisher_->push();
  auto waiting = ask("/720p.m3u8?_HLS_msn=1&_HLS_part=1");
  EXPECT_FALSE(has_answer(waiting));
  publisher_->push();
  const auto reply = waiting.read_reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Cache-Control"), "public, max-age=12");
  const auto list = hls::parse_media_playlist(reply.body);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->next.parts.size(), 2);
}

TEST_F(LiveRoutesTest, HoldsTheHintedPart) {
  publisher_->push();
  const auto list = playlist("720p");
  auto waiting = ask("/" + list.preload_hints.at(0).uri);
  EXPECT_FALSE(has_answer(waiting));
  publisher_->push();
  const auto reply = waiting.read_reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, text_of(publisher_->sent(0), 1, 1));
}

TEST_F(LiveRoutesTest, ForgetsAWaiterWhoseClientLeft) {
  publisher_->push();
  auto waiting = ask("/720p.m3u8?_HLS_msn=1&_HLS_part=1");
  EXPECT_EQ(shelf_.waiters(), 1);
  waiting.close();
  pump_.settle();
  EXPECT_EQ(shelf_.waiters(), 0);
}

TEST_F(LiveRoutesTest, GivesUpAfterThreeTargetDurations) {
  auto at_start = ask(".m3u8");
  advance(milliseconds(5990));
  EXPECT_FALSE(has_answer(at_start)) << "gave up before 3 x 2 s";
  advance(milliseconds(150));
  const auto late = at_start.read_reply();
  EXPECT_EQ(late.status, 503);
  EXPECT_EQ(late.field("Retry-After"), "1");
  EXPECT_EQ(late.field("Cache-Control"), "no-store");
  publisher_->push();
  auto hinted = ask("/" + playlist("720p").preload_hints.at(0).uri);
  for (int i = 0; i < 12; ++i) advance(milliseconds(495));
  EXPECT_FALSE(has_answer(hinted));
  advance(milliseconds(200));
  EXPECT_EQ(hinted.read_reply().status, 503);
}

TEST_F(LiveRoutesTest, NeverBlocksAHead) {
  publisher_->push();
  auto client = connect();
  client.send("HEAD " + address("/720p.m3u8?_HLS_msn=1&_HLS_part=1") +
              " HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto reply = client.read_reply(http::test::Client::Of::kHead);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Cache-Control"), "public, max-age=1");
}

TEST_F(LiveRoutesTest, LetsAllGoOnWhenTheStreamEnds) {
  publisher_->push();
  auto reload = ask("/720p.m3u8?_HLS_msn=1&_HLS_part=1");
  auto hinted = ask("/" + playlist("720p").preload_hints.at(0).uri);
  stream_->end();
  const auto list = reload.read_reply();
  EXPECT_EQ(list.status, 200);
  EXPECT_TRUE(list.body.ends_with("#EXT-X-ENDLIST\n"));
  EXPECT_EQ(hinted.read_reply().status, 404);
  auto late = ask("/720p.m3u8?_HLS_msn=99&_HLS_part=x");
  EXPECT_EQ(late.read_reply().status, 200);
}

TEST_F(LiveRoutesTest, TellsThoseWhoWaitThatAStreamIsGone) {
  publisher_->push();
  auto reload = ask("/720p.m3u8?_HLS_msn=1&_HLS_part=1");
  stream_->remove();
  EXPECT_EQ(reload.read_reply().status, 410);
  EXPECT_EQ(ask(".m3u8").read_reply().status, 404);
}

TEST_F(LiveRoutesTest, NamesWhatDoesNotExist) {
  publisher_->push_segment();
  publisher_->push();
  EXPECT_EQ(ask("/1080p.m3u8").read_reply().status, 404);
  for (const char* missing : {"/720p/9.mp4", "/720p/2.m4s", "/720p/p9999.m4s"}) {
    const auto reply = ask(missing).read_reply();
    EXPECT_EQ(reply.status, 404) << missing;
    EXPECT_EQ(reply.field("Cache-Control"), "public, max-age=2") << missing;
  }
  EXPECT_EQ(ask("/720p/0.m4s").read_reply().status, 410);
}

}  // namespace
}  // namespace millrace::media::api
