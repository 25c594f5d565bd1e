#include <gtest/gtest.h>

#include <span>

#include "core/json.h"
#include "media/api/chunk_quality.h"
#include "tests/media/api/live_test_bench.h"

namespace millrace::media::api {
namespace {

class LiveChunk : public test::LiveTest {
 protected:
  void push_segments(int count) {
    for (int i = 0; i < count; ++i) publisher_->push_segment();
    publisher_->push();
    pump_.settle();
  }
};

TEST_F(LiveChunk, IsASegmentThatSaysWhereItIs) {
  push_segments(3);
  const auto reply = ask("/chunk?seq=2&quality=720p").read_reply();
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("X-Chunk-Seq"), "2");
  EXPECT_EQ(reply.field("X-Chunk-Quality"), "720p");
  EXPECT_EQ(reply.field("X-Oldest-Seq"), "1");
  EXPECT_EQ(reply.field("X-Newest-Seq"), "3");
  EXPECT_EQ(reply.field("Cache-Control"), "public, max-age=12");
  EXPECT_EQ(reply.body, ask("/720p/2.m4s").read_reply().body);
  EXPECT_EQ(ask("/chunk?quality=720p").read_reply().field("X-Chunk-Seq"), "3");
}

TEST_F(LiveChunk, IsHeldUntilItExists) {
  push_segments(1);
  auto waiting = ask("/chunk?seq=2&quality=720p");
  EXPECT_FALSE(has_answer(waiting));
  for (int i = 0; i < 4; ++i) publisher_->push();
  EXPECT_EQ(waiting.read_reply().field("X-Chunk-Seq"), "2");
  EXPECT_EQ(ask("/chunk?seq=5&quality=720p").read_reply().status, 400);
}

TEST_F(LiveChunk, SaysWhatThereIsWhenItIsGone) {
  push_segments(1);
  const auto reply = ask("/chunk?seq=0&quality=720p").read_reply();
  EXPECT_EQ(reply.status, 410);
  EXPECT_EQ(reply.field("Content-Type"), "application/problem+json");
  EXPECT_NE(reply.body.find("\"oldest\":1"), std::string::npos) << reply.body;
  EXPECT_NE(reply.body.find("\"newest\":1"), std::string::npos) << reply.body;
}

TEST_F(LiveChunk, ChoosesByTheThroughputThatTheViewerMeasured) {
  push_segments(1);
  const auto none = ask("/chunk?seq=1&quality=auto").read_reply();
  EXPECT_EQ(none.field("X-Chunk-Quality"), "720p") << "the one to start with";
  EXPECT_EQ(none.field("X-Throughput-Source"), "none");
  EXPECT_EQ(none.field("Cache-Control"), "no-store");
  EXPECT_EQ(ask("/chunk?seq=1&throughput=9000").read_reply().field("X-Throughput-Source"), "query");
  EXPECT_EQ(
      ask("/chunk?seq=1&CMCD=bl%3D2000%2Cmtp%3D25400").read_reply().field("X-Throughput-Source"),
      "cmcd");
  EXPECT_EQ(ask("/chunk?seq=1&throughput=fast").read_reply().status, 400);
  EXPECT_EQ(ask("/chunk?seq=1&quality=1080p").read_reply().status, 404);
}

core::Snapshot<live::RenditionState> rendition(const char* quality, uint64_t bps, bool is_video) {
  auto window = std::make_shared<live::WindowState>();
  window->segments.push_back(std::make_shared<live::Segment>());
  auto state = std::make_shared<live::RenditionState>();
  state->quality = quality;
  state->average_bps = bps;
  state->is_video = is_video;
  state->window = window;
  return state;
}

TEST(ChunkQuality, IsTheBestThatFitsAndElseTheLeast) {
  live::StreamState stream;
  EXPECT_FALSE(choose_rendition(stream, 0));
  stream.renditions = {rendition("1080p", 5'000'000, true), rendition("audio", 128'000, false),
                       rendition("360p", 700'000, true), rendition("480p", 1'400'000, true)};
  const auto chosen = [&](uint64_t bps) {
    return stream.renditions[*choose_rendition(stream, bps)]->quality;
  };
  EXPECT_EQ(chosen(0), "480p");
  EXPECT_EQ(chosen(100'000), "360p");
  EXPECT_EQ(chosen(1'000'000), "360p");
  EXPECT_EQ(chosen(1'750'000), "480p");
  EXPECT_EQ(chosen(6'000'000), "480p") << "5 Mbit/s is more than 0.8 of it";
  EXPECT_EQ(chosen(7'000'000), "1080p");
}

}  // namespace
}  // namespace millrace::media::api
