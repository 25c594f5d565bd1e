#include "tests/media/ffmpeg/live/live_rig.h"

namespace millrace::media::ffmpeg::test {
namespace {

using worker::LiveContainer;
using worker::NoticeKind;

worker::JobSpec ladder_job(std::initializer_list<uint32_t> heights) {
  worker::JobSpec spec = live_job(LiveContainer::kMpegTs);
  for (const uint32_t height : heights) spec.ladder.push_back(rung(height));
  return spec;
}

std::vector<std::byte> stream(std::string_view pictures, std::string_view encoder,
                              double seconds = 8) {
  return clip(fmt::format("-f lavfi -i {0}:d={2} -f lavfi -i sine=440:r=48000:d={2} {1} -c:a aac",
                          pictures, encoder, seconds),
              "ts");
}

constexpr const char* kH264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 60";

TEST(LiveLadder, EncodesTheRungsBelowTheSource) {
  const LiveRun run(stream("testsrc2=s=640x360:r=30", kH264), ladder_job({360, 240, 144, 720}));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  EXPECT_EQ(run.server.probed.qualities,
            (std::vector<std::string>{"source", "audio", "240p", "144p"}));
  EXPECT_EQ(run.server.track("source").runs.front().sample_count(), 240U);
  EXPECT_EQ(run.server.track("240p").runs.front().sample_count(), 240U);
  EXPECT_EQ(run.server.track("144p").runs.front().sample_count(), 240U);
  EXPECT_EQ(run.server.track("240p").format.width, 426U);
  EXPECT_EQ(run.server.notices.size(), 0U);
  expect_full_parts(run.server);
  expect_playable(run.server);
}

TEST(LiveLadder, PlacesKeyFramesAndSegmentsWhereThePublisherHasThem) {  // SG-01
  const LiveRun run(stream("testsrc2=s=640x360:r=30", kH264), ladder_job({240, 144}));
  const auto& source = run.server.track("source").runs.front();
  for (const char* quality : {"240p", "144p"}) {
    const auto& rung = run.server.track(quality).runs.front();
    ASSERT_EQ(rung.parts.size(), source.parts.size()) << quality;
    for (size_t i = 0; i < rung.parts.size(); ++i) {
      EXPECT_EQ(rung.parts[i].independent, source.parts[i].independent) << quality << i;
      EXPECT_EQ(rung.parts[i].starts_segment, source.parts[i].starts_segment) << quality << i;
      EXPECT_EQ(rung.parts[i].fragment.decode_time, source.parts[i].fragment.decode_time)
          << quality << i;
    }
  }
}

TEST(LiveLadder, FollowsASourceWithReorderedPictures) {
  const LiveRun run(stream("testsrc2=s=640x360:r=25",
                           "-c:v libx264 -preset veryfast -bf 3 -pix_fmt yuv420p -g 50"),
                    ladder_job({240}));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  const auto& rung = run.server.track("240p").runs.front();
  EXPECT_EQ(rung.sample_count(), 200U);
  EXPECT_EQ(rung.segment_starts(), run.server.track("source").runs.front().segment_starts());
  EXPECT_EQ(rung.format.reorder_delay, 0U);
  expect_playable(run.server);
}

TEST(LiveLadder, BeginsSegmentsWithKeyFramesWhereThePublisherHasNone) {  // SG-02, LL-07
  const LiveRun run(stream("testsrc2=s=640x360:r=30",
                           "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 300", 12),
                    ladder_job({240}));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  for (const Part& part : run.server.track("240p").runs.front().parts) {
    if (part.starts_segment) EXPECT_TRUE(part.independent);
  }
}

TEST(LiveLadder, EncodesWhatCannotBePassedOnInItsOwnSize) {
  for (const char* encoder :
       {"-c:v mpeg2video -g 15 -b:v 2M", "-c:v libx264 -preset ultrafast -pix_fmt yuv422p -g 60"}) {
    const LiveRun run(stream("testsrc2=s=320x180:r=25", encoder, 6), ladder_job({144}));
    ASSERT_TRUE(run.result) << run.result.error().detail;
    const LiveTrack& source = run.server.track("source");
    EXPECT_EQ(source.format.codec, fmp4::Codec::kH264);
    EXPECT_EQ(source.format.width, 320U);
    EXPECT_EQ(source.runs.front().sample_count(), 150U);
    EXPECT_EQ(run.server.track("144p").runs.front().sample_count(), 150U);
    EXPECT_EQ(run.server.track("144p").runs.front().segment_starts(),
              source.runs.front().segment_starts());
    expect_full_parts(run.server);
    expect_playable(run.server);
  }
}

TEST(LiveLadder, DropsTheLargestRungWhereTheMachineIsTooSlow) {
  worker::JobSpec spec = ladder_job({480, 144});
  spec.live.rung_lag_max_ms = 500;
  spec.ladder[0].preset = "placebo";
  const LiveRun run(stream("testsrc2=s=960x540:r=60", kH264, 10), spec);
  ASSERT_TRUE(run.result) << run.result.error().detail;
  ASSERT_GE(run.server.count(NoticeKind::kRungDropped), 1U);
  EXPECT_EQ(run.server.notices[0].subject, "480p") << "the most expensive first";
  EXPECT_EQ(run.server.track("source").runs.front().sample_count(), 600U) << "all of them";
  EXPECT_TRUE(run.server.track("480p").done);
  EXPECT_NEAR(run.server.track("audio").end(), 10, 0.1);
  expect_playable(run.server);
}

TEST(LiveLadder, MakesThumbnailsWithAndWithoutRungs) {
  for (const bool rungs : {false, true}) {
    worker::JobSpec spec = rungs ? ladder_job({144}) : ladder_job({});
    spec.live.thumbnail_ms = 3000;
    const LiveRun run(stream("testsrc2=s=640x360:r=30", kH264), spec);
    ASSERT_TRUE(run.result);
    // At key frames only where nothing else is decoded: 0 and 4 s.
    EXPECT_EQ(run.server.images.size(), rungs ? 3U : 2U);
    for (const worker::ImageReport& image : run.server.images) {
      EXPECT_EQ(image.kind, worker::ImageKind::kThumbnail);
      EXPECT_LE(image.tile_width, 320U);
    }
  }
}

}  // namespace
}  // namespace millrace::media::ffmpeg::test
