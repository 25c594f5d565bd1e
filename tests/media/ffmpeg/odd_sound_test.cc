// Sound that is legal and unusual, and sound in step with the picture.
#include <fmt/ranges.h>

#include <cmath>

#include "tests/media/ffmpeg/job_rig.h"

namespace millrace::media::ffmpeg::test {
namespace {

/// The loudest sample of every millisecond, from the start of the presentation.
std::vector<float> loudness(const Track& track) {
  const TemporaryFolder folder;
  write_file(folder.file("track.mp4"), track.file);
  output_of(fmt::format("ffmpeg -nostdin -v error -i {} -ac 1 -ar 48000 -f f32le {}",
                        folder.file("track.mp4"), folder.file("pcm")));
  // ffmpeg shows the priming that the edit list cuts: it moves a negative start to 0.
  auto bytes = read_file(folder.file("pcm"));
  bytes.erase(bytes.begin(), bytes.begin() + track.format.priming * int{sizeof(float)});
  std::vector<float> peaks(bytes.size() / sizeof(float) / 48);
  for (size_t i = 0; i < peaks.size(); ++i) {
    std::array<float, 48> samples;
    std::memcpy(samples.data(), bytes.data() + i * sizeof(samples), sizeof(samples));
    for (const float sample : samples) peaks[i] = std::max(peaks[i], std::abs(sample));
  }
  return peaks;
}

/// Seconds at which sound begins after silence.
std::vector<double> beeps(const Track& track) {
  std::vector<double> starts;
  const auto peaks = loudness(track);
  size_t quiet = 100;
  for (size_t i = 0; i < peaks.size(); ++i) {
    const bool loud = peaks[i] > 0.1F;
    if (loud && quiet >= 100) starts.push_back(static_cast<double>(i) / 1000);
    quiet = loud ? 0 : quiet + 1;
  }
  return starts;
}

/// Seconds at which the picture turns white.
std::vector<double> flashes(const Track& track) {
  const TemporaryFolder folder;
  write_file(folder.file("track.mp4"), track.file);
  std::istringstream found(output_of("ffmpeg -nostdin -hide_banner -i " + folder.file("track.mp4") +
                                     " -vf blackdetect=d=0.1 -f null - 2>&1 | grep -o "
                                     "'black_end:[0-9.]*' | cut -d: -f2"));
  std::vector<double> starts;
  for (double time = 0; found >> time;) starts.push_back(time);
  if (!starts.empty() && starts.back() > track.seconds() - 0.05) starts.pop_back();
  return starts;
}

constexpr std::string_view kFlash =
    "-f lavfi -i \"color=black:s=160x90:r=30:d=6,drawbox=0:0:iw:ih:white:fill:"
    "enable='between(mod(t,1),0.5,0.6)'\"";
constexpr std::string_view kBeep =
    "-f lavfi -i \"aevalsrc='if(between(mod(t,1),0.5,0.6),0.5*sin(2*PI*1000*t),0)':s=44100:d=6\"";

void expect_in_step(const JobRun& run, size_t count) {
  const auto seen = flashes(run.track("144p"));
  const auto heard = beeps(run.track("audio-64k"));
  ASSERT_EQ(seen.size(), count);
  ASSERT_EQ(heard.size(), count) << fmt::format("{}", fmt::join(heard, " "));
  for (size_t i = 0; i < count; ++i) EXPECT_NEAR(seen[i], heard[i], 0.040);
}

worker::JobSpec veryfast() {
  worker::JobSpec spec = job({144});
  spec.ladder[0].preset = "veryfast";
  return spec;
}

TEST(SoundAndPicture, AreInStep) {
  expect_in_step(transcode(clip(fmt::format("{} {} {}", kFlash, kBeep, kFast)), veryfast()), 6);
}

TEST(SoundAndPicture, AreInStepWhereSoundStartsLate) {
  const JobRun run = transcode(
      clip(fmt::format("{} -itsoffset 1.3 {} -map 0:v -map 1:a {}", kFlash, kBeep, kFast)),
      veryfast());
  const auto heard = beeps(run.track("audio-64k"));
  ASSERT_GE(heard.size(), 4U);
  for (size_t i = 0; i < 4; ++i) EXPECT_NEAR(heard[i], 1.8 + static_cast<double>(i), 0.040);
  const auto seen = flashes(run.track("144p"));
  ASSERT_GE(seen.size(), 4U);
  EXPECT_NEAR(seen[0], 0.5, 0.040);
}

TEST(SoundAndPicture, AreInStepAcrossAJumpOfTheClock) {
  const TemporaryFolder folder;
  const auto part = [&](std::string_view offset) {
    return clip(
        fmt::format("{} {} -t 3 {} -bf 0 -output_ts_offset {}", kFlash, kBeep, kFast, offset),
        "ts");
  };
  auto bytes = part("600");
  const auto second = part("0");
  bytes.insert(bytes.end(), second.begin(), second.end());
  const JobRun run = transcode(std::move(bytes), veryfast());
  expect_in_step(run, 6);
  EXPECT_NEAR(run.track("144p").seconds(), 6.0, 0.1);
  EXPECT_TRUE(run.sink->logged.contains("jumped")) << run.sink->logged;
}

TEST(SoundAndPicture, AreInStepWhereSoundHasAHole) {
  const JobRun run = transcode(
      clip(fmt::format("{} {} -af \"aselect='not(between(t,1.8,2.3))'\" {}", kFlash, kBeep, kFast),
           "mkv"),
      veryfast());
  expect_in_step(run, 6);
}

TEST(OddSound, InSixChannelsIsMixedDown) {
  const JobRun run = transcode(
      clip("-f lavfi -i \"aevalsrc=0|0|0.4*sin(440*2*PI*t)|0|0|0:c=5.1:s=48000:d=1\" -c:a ac3",
           "mkv"),
      job({}));
  const Track& track = run.track("audio-64k");
  EXPECT_EQ(track.format.channels, 2U);
  EXPECT_EQ(run.sink->probed->channels, 6U);
  EXPECT_GT(loudness(track)[500], 0.05F) << "the centre is heard on both sides";
}

TEST(OddSound, AloneBecomesAnAudioTrack) {
  const JobRun run =
      transcode(clip("-f lavfi -i sine=440:r=22050:d=3 -ac 1 -c:a libmp3lame", "mp3"));
  EXPECT_EQ(run.sink->tracks.size(), 1U);
  const Track& track = run.track("audio-64k");
  EXPECT_TRUE(track.done);
  EXPECT_NEAR(track.seconds(), 3.0, 0.06);
  EXPECT_EQ(track.fragments.size(), 2U);
  EXPECT_EQ(run.sink->probed->video_codec, "");
  EXPECT_TRUE(run.sink->images.empty());
}

TEST(OddSound, WithACoverPictureIsNoVideo) {
  const JobRun run = transcode(
      clip("-f lavfi -i sine=440:r=44100:d=1 -f lavfi -i testsrc2=s=64x64:d=0.04 -map 0 -map 1 "
           "-frames:v 1 -c:a libmp3lame -c:v png -disposition:v attached_pic",
           "mp3"));
  EXPECT_EQ(run.sink->tracks.size(), 1U);
  EXPECT_EQ(run.sink->probed->video_codec, "");
}

TEST(OddSound, MayBeMissing) {
  const JobRun run =
      transcode(clip("-f lavfi -i testsrc2=s=320x180:r=25:d=1 -c:v libx264 -preset ultrafast"));
  EXPECT_EQ(run.sink->tracks.size(), 2U);
  EXPECT_EQ(run.sink->find("audio-64k"), nullptr);
}

TEST(OddSound, ThatIsLongerThanThePictureIsKeptUnderTheLastPicture) {
  const JobRun run =
      transcode(clip("-f lavfi -i testsrc2=s=320x180:r=25:d=1 -f lavfi -i sine=440:r=48000:d=3 " +
                     std::string(kFast)));
  EXPECT_NEAR(run.track("audio-64k").seconds(), 3.0, 0.06);
  EXPECT_NEAR(run.track("144p").seconds(), run.track("audio-64k").seconds(), 0.041);
}

TEST(OddSound, ThatIsShorterThanThePictureEndsInSilence) {
  const JobRun run =
      transcode(clip("-f lavfi -i testsrc2=s=320x180:r=25:d=3 -f lavfi -i sine=440:r=48000:d=1 " +
                     std::string(kFast)));
  EXPECT_NEAR(run.track("audio-64k").seconds(), 3.0, 0.001);
  EXPECT_LT(loudness(run.track("audio-64k"))[2500], 0.001F);
}

TEST(OddSound, WithSamplesThatAreNoNumbersIsSilencedThere) {
  const JobRun run = transcode(
      clip("-f lavfi -i \"aevalsrc='if(between(t,0.5,0.6),0/0,0.3*sin(2*PI*440*t))':s=48000:d=1\" "
           "-c:a pcm_f32le",
           "wav"),
      job({}));
  EXPECT_NEAR(run.track("audio-64k").seconds(), 1.0, 0.001);
}

}  // namespace
}  // namespace millrace::media::ffmpeg::test
