// Pictures that are legal and unusual: each becomes an upright, progressive, square-pixel
// rendition.
#include "tests/media/ffmpeg/job_rig.h"

namespace millrace::media::ffmpeg::test {
namespace {

worker::JobSpec pictures_only(uint32_t height = 240) {
  worker::JobSpec spec = job({height});
  spec.audio.clear();
  return spec;
}

std::string size_of(const Track& track) {
  EXPECT_EQ(track.format.sar_num, 1U);
  EXPECT_EQ(track.format.sar_den, 1U);
  return fmt::format("{}x{}", track.format.width, track.format.height);
}

/// Mean luma of the four quarters of the first frame: top left, top right, bottom left, bottom
/// right.
std::array<int, 4> quarters(const Track& track) {
  const TemporaryFolder folder;
  const std::string file = folder.file("track.mp4");
  write_file(file, track.file);
  const std::string raw = folder.file("grey.raw");
  output_of(
      fmt::format("ffmpeg -nostdin -v error -i {} -frames:v 1 -vf scale=2:2:flags=area,"
                  "format=gray -f rawvideo {}",
                  file, raw));
  const auto bytes = read_file(raw);
  std::array<int, 4> luma{};
  for (size_t i = 0; i < 4 && i < bytes.size(); ++i) luma[i] = std::to_integer<int>(bytes[i]);
  return luma;
}

/// A picture whose top left quarter is white, the rest black.
std::string corner(std::string_view size) {
  return fmt::format("-f lavfi -i \"color=black:s={}:r=25:d=1,drawbox=0:0:iw/2:ih/2:white:fill\"",
                     size);
}

TEST(OddPictures, AreTurnedUpright) {
  const TemporaryFolder folder;
  write_file(folder.file("flat.mp4"), clip(corner("320x180") + " " + std::string(kFast)));
  output_of(fmt::format("ffmpeg -nostdin -v error -y -i {} -c copy -metadata:s:v:0 rotate=90 {}",
                        folder.file("flat.mp4"), folder.file("turned.mp4")));
  const JobRun run = transcode(read_file(folder.file("turned.mp4")), pictures_only());
  const Track& track = run.track("240p");
  EXPECT_EQ(size_of(track), "180x320");
  EXPECT_EQ(run.sink->probed->width, 180U);
  const auto luma = quarters(track);
  EXPECT_GT(luma[2], 150) << "where ffplay shows it: a quarter turn anticlockwise";
  EXPECT_LT(luma[0] + luma[1] + luma[3], 120);
}

TEST(OddPictures, GetSquarePixels) {
  const JobRun run =
      transcode(clip("-f lavfi -i testsrc2=s=360x288:r=25:d=1,setsar=64/45 " + std::string(kFast)),
                pictures_only(480));
  EXPECT_EQ(size_of(run.track("480p")), "512x288");
}

TEST(OddPictures, OfOddSizeLoseALine) {
  const JobRun run = transcode(
      clip("-f lavfi -i testsrc2=s=322x182:r=25:d=1 -vf format=yuv444p,crop=321:181:exact=1 "
           "-c:v libx264 -preset ultrafast -pix_fmt yuv444p"),
      pictures_only());
  EXPECT_EQ(size_of(run.track("240p")), "320x180");
}

TEST(OddPictures, AsSmallAsTwoPixelsAreKept) {
  const JobRun run =
      transcode(clip("-f lavfi -i testsrc2=s=16x2:r=25:d=1 -c:v ffv1 -pix_fmt yuv420p", "mkv"),
                pictures_only());
  EXPECT_EQ(size_of(run.track("240p")), "16x2");
}

TEST(OddPictures, OfVaryingRateGetAConstantOneAndKeepTheirTimes) {
  // White from 2 s on; 30, 15 and 60 pictures a second in turn.
  const JobRun run = transcode(
      clip("-f lavfi -i \"color=black:s=320x180:r=30:d=4,drawbox=0:0:iw:ih:white:fill:"
           "enable='gte(n,45)'\" -vf \"setpts='if(lt(N,30),N/30,if(lt(N,60),1+(N-30)/15,"
           "3+(N-60)/60))/TB'\" -vsync vfr -c:v libx264 -preset ultrafast -pix_fmt yuv420p",
           "mkv"),
      pictures_only());
  const Track& track = run.track("240p");
  for (const auto& fragment : track.fragments) {
    for (const auto& sample : fragment.samples) {
      ASSERT_EQ(sample.duration, track.format.frame_duration);
    }
  }
  EXPECT_NEAR(track.seconds(), 4.0, 0.06);
  const TemporaryFolder folder;
  write_file(folder.file("track.mp4"), track.file);
  const std::string black =
      output_of("ffmpeg -nostdin -hide_banner -i " + folder.file("track.mp4") +
                " -vf blackdetect=d=0.5 -f null -");
  const size_t end = black.find("black_end:");
  ASSERT_NE(end, std::string::npos) << black;
  EXPECT_NEAR(std::stod(black.substr(end + 10)), 2.0, 0.04);
}

TEST(OddPictures, InTenBitsAndHighDynamicRangeAreToneMapped) {
  const JobRun run =
      transcode(clip("-f lavfi -i \"color=gray:s=320x180:r=25:d=1\" -c:v libx265 -preset ultrafast "
                     "-pix_fmt yuv420p10le -x265-params log-level=error:colorprim=bt2020:"
                     "transfer=smpte2084:colormatrix=bt2020nc -color_primaries bt2020 "
                     "-color_trc smpte2084 -colorspace bt2020nc -tag:v hvc1"),
                pictures_only());
  const Track& track = run.track("240p");
  EXPECT_EQ(track.format.colour, (fmp4::Colour{.primaries = 1, .transfer = 1, .matrix = 1}));
  EXPECT_EQ(frames_of(track, "pix_fmt").front(), "yuv420p");
  // Half of the PQ scale is 92 cd/m2, about diffuse white: far above the grey that the same code
  // would be in SDR, were it copied.
  EXPECT_GT(quarters(track)[0], 150);
}

TEST(OddPictures, InTenBitsWithoutHighDynamicRangeKeepTheirTags) {
  const JobRun run = transcode(
      clip("-f lavfi -i testsrc2=s=320x180:r=25:d=1 -c:v libx265 -preset ultrafast -pix_fmt "
           "yuv420p10le -x265-params log-level=error -colorspace bt709 -color_primaries bt709 "
           "-color_trc bt709"),
      pictures_only());
  EXPECT_EQ(run.track("240p").format.colour.matrix, 1);
  EXPECT_EQ(frames_of(run.track("240p"), "pix_fmt").front(), "yuv420p");
}

TEST(OddPictures, InRgbBecomeVideoColours) {
  const JobRun run =
      transcode(clip("-f lavfi -i testsrc=s=320x180:r=10:d=1 -c:v qtrle -pix_fmt rgb24", "mov"),
                pictures_only());
  EXPECT_EQ(run.track("240p").format.colour.matrix, 1);
}

TEST(OddPictures, ThatAreInterlacedAreDeinterlaced) {
  // A bar that moves from field to field; the test picture with its own combs would not do.
  const JobRun run = transcode(
      clip("-f lavfi -i \"color=gray:s=320x240:r=50:d=2,drawbox=x=0:y=0:w=80:h=240:c=white:fill\" "
           "-vf \"scroll=horizontal=0.02,interlace,fieldorder=tff\" -pix_fmt yuv420p "
           "-c:v mpeg2video -b:v 4M -flags +ilme+ildct",
           "ts"),
      pictures_only());
  const Track& track = run.track("240p");
  EXPECT_NEAR(track.seconds(), 2.0, 0.041);
  const TemporaryFolder folder;
  write_file(folder.file("track.mp4"), track.file);
  const std::string found = output_of("ffmpeg -nostdin -hide_banner -i " +
                                      folder.file("track.mp4") + " -vf idet -f null -");
  const size_t multi = found.find("Multi frame detection:");
  ASSERT_NE(multi, std::string::npos);
  int top = 0, bottom = 0, progressive = 0;
  ASSERT_EQ(
      std::sscanf(found.c_str() + multi, "Multi frame detection: TFF: %d BFF: %d Progressive: %d",
                  &top, &bottom, &progressive),
      3);
  EXPECT_GT(progressive, 40) << found.substr(multi, 100);
  EXPECT_LT(top + bottom, 5);
}

TEST(OddPictures, ThatChangeSizeInMidStreamKeepTheFirstSize) {
  const TemporaryFolder folder;
  const auto part = [](std::string_view size) {
    return clip(fmt::format("-f lavfi -i testsrc2=s={}:r=25:d=1 -c:v mpeg2video", size), "ts");
  };
  auto bytes = part("320x180");
  const auto second = part("160x120");
  bytes.insert(bytes.end(), second.begin(), second.end());
  const JobRun run = transcode(std::move(bytes), pictures_only());
  EXPECT_EQ(size_of(run.track("240p")), "320x180");
  EXPECT_NEAR(run.track("240p").seconds(), 2.0, 0.09);
}

TEST(OddPictures, ShowLaterAreHeldFromTheStart) {
  const JobRun run = transcode(clip("-f lavfi -i sine=440:r=48000:d=3 -itsoffset 0.5 -f lavfi -i "
                                    "testsrc2=s=320x180:r=25:d=2.5 "
                                    "-map 0 -map 1 " +
                                    std::string(kFast)),
                               job({240}));
  EXPECT_NEAR(run.track("240p").seconds(), 3.0, 0.041);
  EXPECT_NEAR(run.track("audio-64k").seconds(), run.track("240p").seconds(), 0.001);
}

}  // namespace
}  // namespace millrace::media::ffmpeg::test
