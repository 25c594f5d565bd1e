#include "media/fmp4/codec_string.h"
#include "tests/media/ffmpeg/live/live_rig.h"

namespace millrace::media::ffmpeg::test {
namespace {

using worker::LiveContainer;
using worker::NoticeKind;

std::vector<std::byte> stream(std::string_view encoders, std::string_view extension = "ts") {
  return clip(fmt::format("-f lavfi -i testsrc2=s=320x180:r=30:d=5 -f lavfi -i "
                          "sine=440:r=48000:d=5 -pix_fmt yuv420p {}",
                          encoders),
              extension);
}

constexpr const char* kH264 = "-c:v libx264 -preset ultrafast -g 60";

TEST(LiveCodecs, PassesHevcOnAsHvc1) {  // MV-04
  for (const char* extension : {"ts", "mp4"}) {
    const bool ts = std::string_view(extension) == "ts";
    const LiveRun run(
        stream("-c:v libx265 -preset ultrafast -x265-params log-level=none:keyint=60 -c:a aac "
               "-movflags +frag_keyframe+delay_moov+default_base_moof",
               extension),
        live_job(ts ? LiveContainer::kMpegTs : LiveContainer::kFmp4));
    ASSERT_TRUE(run.result) << run.result.error().detail;
    const PlayedRun& pictures = run.server.track("source").runs.front();
    EXPECT_EQ(pictures.format.codec, fmp4::Codec::kHevc);
    EXPECT_TRUE(fmp4::rfc6381_codec(pictures.format).starts_with("hvc1.1.6.L"))
        << fmp4::rfc6381_codec(pictures.format);
    EXPECT_EQ(pictures.sample_count(), 150U) << extension;
    expect_playable(run.server);
  }
}

TEST(LiveCodecs, PassesAv1AndOpusOn) {
  const LiveRun run(stream("-c:v libsvtav1 -preset 12 -svtav1-params keyint=60 -c:a libopus "
                           "-movflags +frag_keyframe+delay_moov+default_base_moof",
                           "mp4"),
                    live_job(LiveContainer::kFmp4));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  EXPECT_EQ(run.server.track("source").format.codec, fmp4::Codec::kAv1);
  EXPECT_EQ(run.server.track("audio").format.codec, fmp4::Codec::kOpus);
  EXPECT_EQ(run.server.track("source").runs.front().sample_count(), 150U);
  expect_full_parts(run.server);
  expect_playable(run.server);
}

TEST(LiveCodecs, PassesOpusOutOfATransportStream) {
  const LiveRun run(stream(std::string(kH264) + " -c:a libopus"), live_job(LiveContainer::kMpegTs));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  EXPECT_EQ(run.server.track("audio").format.codec, fmp4::Codec::kOpus);
  EXPECT_EQ(run.server.notices.size(), 0U);
  expect_playable(run.server);
}

TEST(LiveCodecs, EncodesSoundThatBrowsersDoNotPlay) {
  for (const char* encoder : {"libmp3lame", "ac3", "mp2"}) {
    const LiveRun run(stream(fmt::format("{} -c:a {}", kH264, encoder)),
                      live_job(LiveContainer::kMpegTs));
    ASSERT_TRUE(run.result) << run.result.error().detail;
    const LiveTrack& sound = run.server.track("audio");
    EXPECT_EQ(sound.format.codec, fmp4::Codec::kAac);
    EXPECT_EQ(sound.runs.size(), 1U);
    EXPECT_NEAR(sound.end(), 5, 0.05);
    EXPECT_EQ(run.server.count(NoticeKind::kNotPassedOn), 1U);
    EXPECT_EQ(run.server.count(NoticeKind::kSilenceFilled), 0U) << encoder;
    expect_playable(run.server);
  }
}

TEST(LiveCodecs, EncodesEverythingWhereNothingShallPass) {
  worker::JobSpec spec = live_job(LiveContainer::kMpegTs);
  spec.live.pass_through = worker::PassThrough::kNever;
  const LiveRun run(stream(std::string(kH264) + " -c:a aac"), spec);
  ASSERT_TRUE(run.result) << run.result.error().detail;
  EXPECT_EQ(run.server.track("source").runs.front().sample_count(), 150U);
  expect_playable(run.server);
}

TEST(LiveCodecs, PassesMonoSoundOfAnotherRate) {
  const LiveRun run(stream(std::string(kH264) + " -c:a aac -ac 1 -ar 22050"),
                    live_job(LiveContainer::kMpegTs));
  ASSERT_TRUE(run.result) << run.result.error().detail;
  EXPECT_EQ(run.server.track("audio").format.sample_rate, 22'050U);
  EXPECT_EQ(run.server.track("audio").format.channels, 1U);
  EXPECT_EQ(run.server.notices.size(), 0U);
  expect_full_parts(run.server);
  expect_playable(run.server);
}

TEST(LiveCodecs, MakesPartsOfSoundAlone) {  // LL-06
  for (const char* extension : {"ts", "flv"}) {
    const bool ts = std::string_view(extension) == "ts";
    const LiveRun run(clip("-f lavfi -i sine=440:r=48000:d=11 -c:a aac", extension),
                      live_job(ts ? LiveContainer::kMpegTs : LiveContainer::kFlv));
    ASSERT_TRUE(run.result) << run.result.error().detail;
    EXPECT_EQ(run.server.probed.qualities, std::vector<std::string>{"audio"});
    EXPECT_EQ(run.server.probed.part_target_ms, 500U);
    const PlayedRun& sound = run.server.track("audio").runs.front();
    EXPECT_NEAR(sound.seconds(), 11, 0.05);
    const auto starts = sound.segment_starts();
    ASSERT_EQ(starts.size(), 3U) << extension;
    EXPECT_LT(starts[1], 4.5);
    expect_full_parts(run.server);
    expect_playable(run.server);
  }
}

}  // namespace
}  // namespace millrace::media::ffmpeg::test
