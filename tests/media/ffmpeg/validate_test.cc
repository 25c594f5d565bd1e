#include "media/ffmpeg/validate.h"

#include "tests/media/ffmpeg/job_rig.h"

namespace millrace::media::ffmpeg::test {
namespace {

JobRun validate(std::vector<std::byte> track) {
  MemorySource memory(std::move(track));
  JobRun run;
  worker::JobSpec spec = job();
  spec.kind = worker::JobKind::kValidate;
  run.result = run_validate(spec, memory, *run.sink);
  return run;
}

class Validate : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    worker::JobSpec spec = job({144});
    spec.ladder[0].preset = "veryfast";
    made_ = new JobRun(transcode(
        clip(fmt::format("-f lavfi -i testsrc2=s=320x180:r=25:d=5 -f lavfi -i sine=440:d=5 {}",
                         kFast)),
        spec));
  }
  static void TearDownTestSuite() { delete made_; }

  static JobRun* made_;
};
JobRun* Validate::made_ = nullptr;

TEST_F(Validate, FindsEveryFrameOfAGoodVideoTrack) {
  const JobRun run = validate(made_->track("144p").file);
  ASSERT_TRUE(run.result);
  EXPECT_EQ(run.sink->validated->frame_count, 125U);
  EXPECT_EQ(run.sink->validated->duration_us, 5'000'000U);
  EXPECT_EQ(run.sink->validated->key_frame_count, 3U);
  EXPECT_EQ(run.sink->validated->decode_error_count, 0U);
}

TEST_F(Validate, CountsTheSamplesOfSoundWithoutThePriming) {
  const JobRun run = validate(made_->track("audio-64k").file);
  ASSERT_TRUE(run.result);
  EXPECT_EQ(run.sink->validated->frame_count, 240'000U);
  EXPECT_EQ(run.sink->validated->duration_us, 5'000'000U);
  EXPECT_EQ(run.sink->validated->decode_error_count, 0U);
}

TEST_F(Validate, FindsNothingWrongWithTheOtherCodecs) {
  worker::JobSpec spec = job({});
  spec.ladder = {rung(144, fmp4::Codec::kVp9), rung(144, fmp4::Codec::kAv1)};
  spec.audio = {{.quality = "audio-96k-opus", .codec = fmp4::Codec::kOpus, .bitrate_bps = 96'000}};
  const JobRun made = transcode(
      clip(fmt::format("-f lavfi -i testsrc2=s=320x180:r=30:d=4.5 -f lavfi -i sine=440:d=4.5 {}",
                       kFast)),
      spec);
  for (const Track& track : made.sink->tracks) {
    const JobRun run = validate(track.file);
    ASSERT_TRUE(run.result) << track.report.quality;
    EXPECT_EQ(run.sink->validated->decode_error_count, 0U) << track.report.quality;
    EXPECT_NEAR(static_cast<double>(run.sink->validated->duration_us), 4.5e6, 1000)
        << track.report.quality;
    if (track.report.kind == fmp4::MediaKind::kVideo) {
      EXPECT_EQ(run.sink->validated->frame_count, 135U) << track.report.quality;
      EXPECT_EQ(run.sink->validated->key_frame_count, 3U) << track.report.quality;
    }
  }
}

TEST_F(Validate, CountsWhatDoesNotDecode) {
  const Track& track = made_->track("144p");
  auto bytes = track.file;
  // Inside the first samples of the last fragment.
  size_t last = 0;
  for (const auto& sample : track.fragments.back().samples) last += sample.size;
  for (size_t at = bytes.size() - last + 500; at < bytes.size() - last + 900; ++at) {
    bytes[at] ^= std::byte{0x5a};
  }
  const JobRun run = validate(std::move(bytes));
  ASSERT_TRUE(run.result);
  EXPECT_GT(run.sink->validated->decode_error_count, 0U);
}

TEST_F(Validate, SeesAMissingFragment) {
  const Track& track = made_->track("144p");
  auto bytes = track.file;
  bytes.resize(bytes.size() * 2 / 3);
  const JobRun run = validate(std::move(bytes));
  if (run.result) EXPECT_LT(run.sink->validated->duration_us, 4'900'000U);
}

TEST_F(Validate, RefusesATrackThatCannotBeOpened) {
  auto bytes = made_->track("144p").file;
  bytes.resize(100);
  EXPECT_EQ(validate(std::move(bytes)).reason(), "invalid_output");
  EXPECT_EQ(validate({}).reason(), "invalid_output");
}

}  // namespace
}  // namespace millrace::media::ffmpeg::test
