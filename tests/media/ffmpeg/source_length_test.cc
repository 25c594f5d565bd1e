// Files that were cut, joined or looped without encoding: their clocks have gaps and overlaps at
// the seams, and yet every rendition is as long as the source (`transcode` looks at that).
#include "tests/media/ffmpeg/job_rig.h"

namespace millrace::media::ffmpeg::test {
namespace {

std::string source(std::string_view rate, double seconds) {
  return fmt::format(
      "-f lavfi -i testsrc2=s=160x90:r={}:d={} -f lavfi -i sine=440:r=44100:d={} -c:v libx264 "
      "-preset veryfast -pix_fmt yuv420p -g 30 -c:a aac",
      rate, seconds, seconds);
}

/// What ffmpeg makes of `clip.nut` without encoding it.
std::vector<std::byte> copied(std::string_view encode, std::string_view before,
                              std::string_view after, std::string_view extension) {
  return clip(fmt::format("{} clip.nut && ffmpeg -nostdin -v error -y {} -i clip.nut {} -c copy",
                          encode, before, after),
              extension);
}

struct Seam {
  std::string_view name;
  std::string_view rate;
  std::string_view extension;
};

class Looped : public testing::TestWithParam<Seam> {};

TEST_P(Looped, KeepsItsLength) {
  // 44.1 kHz AAC lasts 32 ms longer than the picture, which each turn adds to the clock.
  const JobRun run = transcode(
      copied(source(GetParam().rate, 1), "-stream_loop 5", "", GetParam().extension), job({144}));
  EXPECT_NEAR(run.track("144p").seconds(), 6.1, 0.25);
  EXPECT_NEAR(run.track("audio-64k").seconds(), run.track("144p").seconds(), 0.001);
}

INSTANTIATE_TEST_SUITE_P(Sources, Looped,
                         testing::Values(Seam{"slow_mp4", "15", "mp4"},
                                         Seam{"slowest_mkv", "10", "mkv"},
                                         Seam{"transport_stream", "12", "ts"},
                                         Seam{"cinema_mp4", "24000/1001", "mp4"},
                                         Seam{"fast_mkv", "60000/1001", "mkv"}),
                         [](const auto& seam) { return std::string(seam.param.name); });

TEST(Cut, KeepsItsLengthWithAnEditList) {
  const JobRun run = transcode(copied(source("15", 4), "-ss 1.37", "-t 2", "mp4"), job({144}));
  EXPECT_NEAR(run.track("144p").seconds(), run.track("audio-64k").seconds(), 0.001);
}

TEST(Cut, ToAFifthOfASecondKeepsItsLength) {
  const JobRun run = transcode(clip(source("30", 0.2)), job({144}));
  EXPECT_NEAR(run.track("144p").seconds(), 0.2, 0.034);
}

TEST(Joined, WhereSoundStartsAndEndsElsewhereKeepsItsLength) {
  const JobRun run = transcode(
      clip(fmt::format("-f lavfi -i testsrc2=s=160x90:r=15:d=1 -itsoffset 0.3 -f lavfi -i "
                       "sine=r=22050:d=0.5 -map 0:v -map 1:a {} a.mkv && ffmpeg -nostdin -v error "
                       "{} b.mkv && printf 'file a.mkv\\nfile b.mkv\\nfile a.mkv\\n' >list && "
                       "ffmpeg -nostdin -v error -f concat -i list -c copy",
                       kFast,
                       "-f lavfi -i testsrc2=s=160x90:r=15:d=1 -f lavfi -i "
                       "sine=r=22050:d=1.4 " +
                           std::string(kFast)),
           "mkv"),
      job({144}));
  EXPECT_GT(run.track("144p").seconds(), 3.0);
}

TEST(Joined, RawSoundKeepsItsLength) {
  auto bytes = clip("-f lavfi -i sine=r=44100:d=1 -c:a aac", "aac");
  const auto again = bytes;
  bytes.insert(bytes.end(), again.begin(), again.end());
  EXPECT_NEAR(transcode(std::move(bytes)).track("audio-64k").seconds(), 2.09, 0.03);
}

TEST(Outlasting, SoundWithHolesKeepsItsLength) {
  // Sound ends a second after the picture, and not on its grid.
  const JobRun run =
      transcode(clip("-f lavfi -i testsrc2=s=160x90:r=12:d=1 -f lavfi -i sine=r=22050:d=2.04 -af "
                     "\"aselect='not(between(t,0.5,0.7))'\" " +
                         std::string(kFast),
                     "mkv"),
                job({144}));
  EXPECT_NEAR(run.track("144p").seconds(), 2.04, 0.1);
}

}  // namespace
}  // namespace millrace::media::ffmpeg::test
