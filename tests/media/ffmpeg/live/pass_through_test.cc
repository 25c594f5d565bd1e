#include "tests/media/ffmpeg/live/live_rig.h"

namespace millrace::media::ffmpeg::test {
namespace {

using worker::LiveContainer;
using worker::NoticeKind;

/// 12 s at 30 frames a second, a key frame every two.
std::string moving_clip(std::string_view more = "", double seconds = 12) {
  return fmt::format(
      "-f lavfi -i testsrc2=s=320x180:r=30:d={0} -f lavfi -i sine=440:r=48000:d={0} -c:v libx264 "
      "-preset ultrafast -tune zerolatency -pix_fmt yuv420p -g 60 -c:a aac -ac 2 {1}",
      seconds, more);
}

std::vector<std::byte> fragmented_clip(std::string_view arguments) {
  return clip(std::string(arguments) + " -movflags +frag_keyframe+delay_moov+default_base_moof");
}

TEST(PassThrough, CutsATransportStreamIntoPartsAndSegments) {
  const LiveRun run(clip(moving_clip(), "ts"), live_job(LiveContainer::kMpegTs));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  EXPECT_EQ(run.server.probed.container, "mpegts");
  EXPECT_EQ(run.server.probed.part_target_ms, 500U);
  EXPECT_EQ(run.server.probed.frame_rate_num, 30U);
  const PlayedRun& pictures = run.server.track("source").runs.front();
  EXPECT_EQ(pictures.sample_count(), 360U) << "every frame, once";
  EXPECT_EQ(pictures.segment_starts(), (std::vector<double>{0, 4, 8}));
  for (size_t i = 0; i < pictures.parts.size(); ++i) {
    EXPECT_EQ(pictures.parts[i].fragment.duration, 60'000U) << "15 frames " << i;
    EXPECT_EQ(pictures.parts[i].independent, i % 4 == 0) << "LL-07 " << i;
  }
  EXPECT_EQ(run.server.notices.size(), 0U);
  expect_full_parts(run.server);
  expect_playable(run.server);
}

TEST(PassThrough, CutsSoundWhereThePicturesAreCut) {  // SG-01
  const LiveRun run(clip(moving_clip(), "ts"), live_job(LiveContainer::kMpegTs));
  const PlayedRun& sound = run.server.track("audio").runs.front();
  const auto starts = sound.segment_starts();
  ASSERT_EQ(starts.size(), 3U);
  for (size_t i = 0; i < starts.size(); ++i) {
    EXPECT_GE(starts[i], 4.0 * static_cast<double>(i));
    EXPECT_LT(starts[i], 4.0 * static_cast<double>(i) + 1024 / 48'000.0);
  }
  EXPECT_EQ(sound.parts[0].fragment.duration, 23U * 1024) << "as many whole packets as fit";
  EXPECT_NEAR(sound.seconds(), 12, 0.05);
}

TEST(PassThrough, PutsAPartOutBeforeTheNextPictureHasCome) {
  const auto bytes = clip(moving_clip("-muxdelay 0"), "ts");
  const LiveRun run(bytes, live_job(LiveContainer::kMpegTs));
  const auto& parts = run.server.track("source").runs.front().parts;
  const double second = static_cast<double>(bytes.size()) / 12;
  for (size_t i = 1; i < parts.size(); ++i) {
    // The demuxer sees the end of a picture when the next one begins.
    EXPECT_LT(static_cast<double>(parts[i].source_position),
              static_cast<double>(i + 1) * second / 2 + second / 3)
        << i;
  }
}

TEST(PassThrough, TakesFragmentedMp4) {
  const LiveRun run(fragmented_clip(moving_clip()), live_job(LiveContainer::kFmp4));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  EXPECT_EQ(run.server.track("source").runs.front().sample_count(), 360U);
  EXPECT_EQ(run.server.track("source").runs.front().segment_starts(),
            (std::vector<double>{0, 4, 8}));
  expect_full_parts(run.server);
  expect_playable(run.server);
}

TEST(PassThrough, TakesFlvWhoseTimesAreRoundedToMilliseconds) {  // SG-10
  for (const char* rate : {"30", "30000/1001"}) {
    const LiveRun run(
        clip(fmt::format(
                 "-f lavfi -i testsrc2=s=320x180:r={0}:d=12 -f lavfi -i sine=440:r=44100:d=12 "
                 "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 60 -c:a aac",
                 rate),
             "flv"),
        live_job(LiveContainer::kFlv));
    ASSERT_TRUE(run.result) << run.result.error().detail;
    const PlayedRun& pictures = run.server.track("source").runs.front();
    EXPECT_EQ(pictures.sample_count(), 360U);
    EXPECT_EQ(pictures.format.frame_duration, rate[2] == 0 ? 4000U : 4004U);
    for (const Part& part : pictures.parts) {
      for (const fmp4::Sample& sample : part.fragment.samples) {
        ASSERT_EQ(sample.duration, pictures.format.frame_duration);
      }
    }
    EXPECT_EQ(run.server.track("audio").format.timescale, 44'100U);
    EXPECT_EQ(run.server.notices.size(), 0U);
    expect_full_parts(run.server);
    expect_playable(run.server);
  }
}

TEST(PassThrough, ShowsReorderedPicturesWhenTheyWereShown) {
  const LiveRun run(clip(moving_clip("-tune film -preset veryfast -bf 2"), "ts"),
                    live_job(LiveContainer::kMpegTs));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  const PlayedRun& pictures = run.server.track("source").runs.front();
  EXPECT_EQ(pictures.format.reorder_delay, 8000U) << "two frames";
  EXPECT_EQ(pictures.segment_starts(), (std::vector<double>{0, 4, 8}));
  std::vector<int64_t> shown;
  for (const Part& part : pictures.parts) {
    auto time = static_cast<int64_t>(part.fragment.decode_time);
    for (const fmp4::Sample& sample : part.fragment.samples) {
      shown.push_back(time + sample.composition_offset - 8000);
      time += sample.duration;
    }
  }
  std::ranges::sort(shown);
  for (size_t i = 0; i < shown.size(); ++i) ASSERT_EQ(shown[i], static_cast<int64_t>(i) * 4000);
  expect_playable(run.server);
}

TEST(PassThrough, KeepsTheGridOfEachUsualRate) {  // LL-04
  struct Rate {
    const char* rate;
    uint32_t frame_ticks;
    uint32_t part_target_ms;
  };
  for (const Rate& each :
       {Rate{"24000/1001", 5005, 459}, Rate{"25", 4800, 480}, Rate{"30000/1001", 4004, 468},
        Rate{"50", 2400, 500}, Rate{"60", 2000, 500}}) {
    const LiveRun run(
        clip(fmt::format("-f lavfi -i testsrc2=s=128x72:r={}:d=5 -c:v libx264 -preset ultrafast "
                         "-pix_fmt yuv420p -g 50",
                         each.rate),
             "ts"),
        live_job(LiveContainer::kMpegTs));
    ASSERT_TRUE(run.result) << each.rate;
    EXPECT_EQ(run.server.probed.part_target_ms, each.part_target_ms) << each.rate;
    const PlayedRun& pictures = run.server.track("source").runs.front();
    EXPECT_EQ(pictures.format.frame_duration, each.frame_ticks);
    for (const Part& part : pictures.parts) {
      for (const fmp4::Sample& sample : part.fragment.samples) {
        ASSERT_EQ(sample.duration, each.frame_ticks) << each.rate;
      }
    }
    expect_full_parts(run.server);
  }
}

TEST(PassThrough, CutsBetweenKeyFramesThatAreTooFarApart) {  // SG-02
  const LiveRun run(clip(moving_clip("-g 300"), "ts"), live_job(LiveContainer::kMpegTs));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  const PlayedRun& pictures = run.server.track("source").runs.front();
  const auto starts = pictures.segment_starts();
  ASSERT_GE(starts.size(), 3U);
  EXPECT_NEAR(starts[1], 4.47, 0.03);
  for (size_t i = 1; i < starts.size(); ++i) EXPECT_LT(starts[i] - starts[i - 1], 4.5);
  EXPECT_EQ(run.server.track("audio").runs.front().segment_starts().size(), starts.size());
}

TEST(PassThrough, BeginsWhereTheStreamHasGotTo) {
  worker::JobSpec spec = live_job(LiveContainer::kMpegTs);
  spec.live.first_media_time_us = 3'600'000'001;
  spec.live.first_sequence = 77;
  spec.live.part_target_ms = 400;
  const LiveRun run(clip(moving_clip("", 5), "ts"), spec);
  ASSERT_TRUE(run.result) << run.result.error().detail;
  for (const LiveTrack& track : run.server.tracks) {
    const Part& first = track.runs.front().parts.front();
    EXPECT_TRUE(first.discontinuity);
    EXPECT_EQ(first.fragment.sequence, 77U);
    EXPECT_NEAR(track.runs.front().start(), 3600.000001, 0.0001);
  }
}

TEST(PassThrough, WaitsForAKeyFrameWhenItComesInBetween) {
  auto bytes = clip(moving_clip(), "ts");
  bytes.erase(bytes.begin(), bytes.begin() + 188 * 100);
  const LiveRun run(std::move(bytes), live_job(LiveContainer::kMpegTs));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  EXPECT_EQ(run.server.track("source").runs.front().sample_count() % 60, 0U);
  EXPECT_NEAR(run.server.track("audio").end(), run.server.track("source").end(), 0.05);
  expect_playable(run.server);
}

TEST(PassThrough, RefusesWhatIsNoStream) {
  std::vector<std::byte> noise(300'000);
  for (size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<std::byte>(i * i >> 3);
  for (const auto container : {LiveContainer::kMpegTs, LiveContainer::kFmp4}) {
    const LiveRun run(noise, live_job(container));
    ASSERT_FALSE(run.result);
  }
  const LiveRun nothing({}, live_job(LiveContainer::kMpegTs));
  EXPECT_FALSE(nothing.result);
}

}  // namespace
}  // namespace millrace::media::ffmpeg::test
