#include "tests/media/ffmpeg/live/live_rig.h"

namespace millrace::media::ffmpeg::test {
namespace {

using worker::LiveContainer;
using worker::NoticeKind;

struct Clip {
  std::string_view size = "320x180";
  double seconds = 6;
  std::string_view sound = "-f lavfi -i sine=440:r=48000:d={}";
  std::string_view more = "";
};

std::vector<std::byte> published(const Clip& shape, std::string_view extension = "ts") {
  const std::string sound = fmt::format(fmt::runtime(shape.sound), shape.seconds);
  return clip(fmt::format("-f lavfi -i testsrc2=s={}:r=30:d={} {} -c:v libx264 -preset ultrafast "
                          "-pix_fmt yuv420p -g 60 -c:a aac -ac 2 {}",
                          shape.size, shape.seconds, sound, shape.more),
              extension);
}

/// Adds to the timestamps of all FLV tags from `after_ms` on.
std::vector<std::byte> jump_flv(std::vector<std::byte> flv, uint32_t after_ms, int64_t by_ms) {
  const auto u8 = [&](size_t at) { return std::to_integer<uint32_t>(flv[at]); };
  for (size_t at = 13; at + 11 <= flv.size();) {
    const uint32_t size = u8(at + 1) << 16 | u8(at + 2) << 8 | u8(at + 3);
    const uint32_t time = u8(at + 4) << 16 | u8(at + 5) << 8 | u8(at + 6) | u8(at + 7) << 24;
    if (time >= after_ms) {
      const auto moved = static_cast<uint32_t>(time + by_ms);
      flv[at + 4] = static_cast<std::byte>(moved >> 16);
      flv[at + 5] = static_cast<std::byte>(moved >> 8);
      flv[at + 6] = static_cast<std::byte>(moved);
      flv[at + 7] = static_cast<std::byte>(moved >> 24);
    }
    at += 11 + size + 4;
  }
  return flv;
}

std::vector<std::byte> joined(std::vector<std::byte> first, const std::vector<std::byte>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

/// Sound and picture of each run begin together, and the runs follow each other.
void expect_runs(const LiveServer& server, size_t count) {
  const LiveTrack& pictures = server.track("source");
  const LiveTrack& sound = server.track("audio");
  ASSERT_EQ(pictures.runs.size(), count);
  ASSERT_EQ(sound.runs.size(), count);
  for (size_t i = 0; i < count; ++i) {
    EXPECT_NEAR(pictures.runs[i].start(), sound.runs[i].start(), 0.001) << i;
    EXPECT_NEAR(pictures.runs[i].end(), sound.runs[i].end(), 0.05) << i;
    if (i > 0) EXPECT_LT(pictures.runs[i].start() - pictures.runs[i - 1].end(), 0.05) << i;
  }
  expect_playable(server);
}

TEST(LiveFaults, MakesADiscontinuityOfAJumpOfAnHour) {  // IG-11
  for (const int64_t by_ms : {3'600'000, -3'000'000}) {
    auto start = published({.seconds = 8}, "flv");
    if (by_ms < 0) start = jump_flv(std::move(start), 0, 3'000'000);
    const uint32_t at = by_ms < 0 ? 3'004'000 : 4'000;
    const LiveRun run(jump_flv(std::move(start), at, by_ms), live_job(LiveContainer::kFlv));
    ASSERT_TRUE(run.result) << run.result.error().detail;
    EXPECT_EQ(run.server.count(NoticeKind::kClockRepaired), 1U);
    EXPECT_EQ(run.server.track("source").runs[0].sample_count(), 120U);
    EXPECT_EQ(run.server.track("source").runs[1].sample_count(), 120U);
    expect_runs(run.server, 2);
  }
}

TEST(LiveFaults, LeavesOutPicturesBetweenAJumpAndTheNextKeyFrame) {
  const LiveRun run(jump_flv(published({.seconds = 8}, "flv"), 4'500, 600'000),
                    live_job(LiveContainer::kFlv));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  EXPECT_TRUE(run.server.track("source").runs[1].parts[0].independent);
  EXPECT_EQ(run.server.track("source").runs[1].sample_count(), 60U) << "from 6 s on";
  expect_runs(run.server, 2);
}

TEST(LiveFaults, GoesOnWhereTheClockOfATransportStreamWraps) {
  // 2^33 / 90000 = 95443.7 s: 3 s after the start.
  const LiveRun run(published({.more = "-output_ts_offset 95439.3"}),
                    live_job(LiveContainer::kMpegTs));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  EXPECT_EQ(run.server.notices.size(), 0U);
  EXPECT_EQ(run.server.track("source").runs.front().sample_count(), 180U);
  expect_runs(run.server, 1);
}

TEST(LiveFaults, FillsSoundThatStartsLate) {
  const LiveRun run(published({.sound = "-itsoffset 3 -f lavfi -i sine=440:r=48000:d={}"}),
                    live_job(LiveContainer::kMpegTs));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  EXPECT_EQ(run.server.count(NoticeKind::kSilenceFilled), 1U);
  expect_full_parts(run.server);
  expect_runs(run.server, 1);
}

TEST(LiveFaults, FillsSoundThatStops) {
  const LiveRun run(published({.seconds = 8, .sound = "-f lavfi -i sine=440:r=48000:d=3"}),
                    live_job(LiveContainer::kMpegTs));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  expect_full_parts(run.server);
  expect_runs(run.server, 1);
}

TEST(LiveFaults, FillsSoundThatPauses) {
  const LiveRun run(
      published({.seconds = 8,
                 .sound = "-f lavfi -i \"sine=440:r=48000:d={},aselect='not(between(t,2,5))'\""}),
      live_job(LiveContainer::kMpegTs));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  ASSERT_EQ(run.server.count(NoticeKind::kSilenceFilled), 1U);
  EXPECT_NEAR(static_cast<double>(run.server.notices[0].amount_ms), 3000, 200)
      << "up to seven packets of a PES packet have the time of its first";
  expect_runs(run.server, 1);
}

TEST(LiveFaults, MakesSilenceForAStreamWithoutSound) {
  for (const char* extension : {"ts", "flv"}) {
    const bool ts = std::string_view(extension) == "ts";
    const LiveRun run(published({.sound = ""}, extension),
                      live_job(ts ? LiveContainer::kMpegTs : LiveContainer::kFlv));
    ASSERT_TRUE(run.result) << run.result.error().detail;
    EXPECT_EQ(run.server.track("audio").format.sample_rate, 48'000U);
    EXPECT_EQ(run.server.probed.audio_codec, "");
    expect_full_parts(run.server);
    expect_runs(run.server, 1);
  }
}

TEST(LiveFaults, AnnouncesTracksAgainWhenTheSizeChanges) {
  worker::JobSpec spec = live_job(LiveContainer::kMpegTs);
  spec.ladder = {rung(144)};
  const LiveRun run(joined(published({}), published({.size = "256x144"})), spec);
  ASSERT_TRUE(run.result) << run.result.error().detail;
  const LiveTrack& pictures = run.server.track("source");
  EXPECT_EQ(pictures.runs[0].format.width, 320U);
  EXPECT_EQ(pictures.runs[1].format.width, 256U);
  EXPECT_EQ(run.server.count(NoticeKind::kFormatChanged), 1U);
  EXPECT_EQ(run.server.track("144p").runs.size(), 2U);
  expect_runs(run.server, 2);
}

TEST(LiveFaults, BeginsAnewWhenTheSoundChangesItsRate) {
  const LiveRun run(joined(published({}), published({.more = "-ar 44100"})),
                    live_job(LiveContainer::kMpegTs));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  EXPECT_EQ(run.server.track("audio").runs.back().format.timescale, 44'100U);
  expect_playable(run.server);
}

TEST(LiveFaults, BeginsAnewWherePicturesAreMissing) {  // LL-02
  const LiveRun run(
      published({.seconds = 10,
                 .more = "-vf \"select='not(between(t,4.2,5.99))'\" -vsync passthrough "
                         "-force_key_frames 6"},
                "flv"),
      live_job(LiveContainer::kFlv));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  EXPECT_EQ(run.server.count(NoticeKind::kPicturesLost), 1U);
  expect_runs(run.server, 2);
}

TEST(LiveFaults, TakesAFrameOrTwoThatAreMissingInItsStride) {
  const LiveRun run(
      published({.more = "-vf \"select='not(eq(mod(n,20),7))'\" -vsync passthrough"}, "flv"),
      live_job(LiveContainer::kFlv));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  const PlayedRun& pictures = run.server.track("source").runs.front();
  EXPECT_EQ(pictures.sample_count(), 171U);
  EXPECT_NEAR(pictures.seconds(), 6, 0.04) << "as long as it was";
  expect_runs(run.server, 1);
}

TEST(LiveFaults, SurvivesGarbageInBetween) {
  auto bytes = published({.seconds = 8});
  for (size_t at = bytes.size() / 3; at < bytes.size() / 3 + 5000; ++at) {
    bytes[at] = static_cast<std::byte>(at * 31 >> 2);
  }
  const LiveRun run(std::move(bytes), live_job(LiveContainer::kMpegTs));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  EXPECT_GT(run.server.track("source").end(), 5.9);
}

}  // namespace
}  // namespace millrace::media::ffmpeg::test
