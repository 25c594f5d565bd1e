// What is refused, and why: each with a reason that a user can act on.
#include "tests/media/ffmpeg/job_rig.h"

namespace millrace::media::ffmpeg::test {
namespace {

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> small_mp4(std::string_view more = "") {
  return clip(fmt::format("-f lavfi -i testsrc2=s=320x180:r=25:d=4 -f lavfi -i sine=440:d=4 {} {}",
                          kFast, more));
}

std::vector<std::byte> front(std::vector<std::byte> bytes, double share) {
  bytes.resize(static_cast<size_t>(static_cast<double>(bytes.size()) * share));
  return bytes;
}

/// Replaces a four-character code everywhere.
std::vector<std::byte> renamed(std::vector<std::byte> bytes, std::string_view from,
                               std::string_view to) {
  const auto old = bytes_of(from);
  const auto fresh = bytes_of(to);
  for (auto at = bytes.begin();; at += 4) {
    at = std::search(at, bytes.end(), old.begin(), old.end());
    if (at == bytes.end()) return bytes;
    std::ranges::copy(fresh, at);
  }
}

TEST(BadInput, ThatIsEmptyIsRefused) { EXPECT_EQ(refuse({}).reason(), "empty_file"); }

TEST(BadInput, ThatIsTextIsRefused) {
  std::string text;
  while (text.size() < 20'000) text += "This is a text. It is no film, whatever its name says.\n";
  EXPECT_EQ(refuse(bytes_of(text)).reason(), "not_media");
  EXPECT_EQ(refuse(bytes_of("x")).reason(), "not_media");
}

TEST(BadInput, ThatIsNoiseIsRefused) {
  std::vector<std::byte> noise(300'000);
  uint32_t state = 12'345;
  for (std::byte& byte : noise)
    byte = static_cast<std::byte>((state = state * 1'664'525 + 1'013'904'223) >> 24);
  EXPECT_EQ(refuse(noise).reason(), "not_media");
}

TEST(BadInput, ThatIsAPictureIsRefused) {
  EXPECT_EQ(refuse(clip("-f lavfi -i testsrc2=s=320x180 -frames:v 1", "png")).reason(),
            "not_media");
  EXPECT_EQ(refuse(clip("-f lavfi -i testsrc2=s=320x180 -frames:v 1", "jpg")).reason(),
            "not_media");
}

TEST(BadInput, ThatNamesOtherFilesIsRefusedAndTheyAreNotRead) {
  const TemporaryFolder folder;
  write_file(folder.file("secret.mp4"), small_mp4());
  const std::string secret = folder.file("secret.mp4");
  for (const std::string& text :
       {fmt::format("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile://{}\n"
                    "#EXT-X-ENDLIST\n",
                    secret),
        fmt::format("#EXTM3U\n{}\n", secret),
        fmt::format("ffconcat version 1.0\nfile '{}'\n", secret),
        fmt::format("<?xml version=\"1.0\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\">"
                    "<BaseURL>{}</BaseURL></MPD>",
                    secret)}) {
    EXPECT_EQ(refuse(bytes_of(text)).reason(), "container_refused") << text;
  }
}

TEST(BadInput, WithoutItsIndexIsRefusedAsTruncated) {
  const JobRun run = refuse(front(small_mp4(), 0.5));
  EXPECT_EQ(run.reason(), "truncated");
  EXPECT_TRUE(run.result.error().detail.contains("moov")) << run.result.error().detail;
}

TEST(BadInput, WithoutAnyOfItsMediaIsRefusedAsTruncated) {
  const auto whole = small_mp4("-movflags +faststart");
  const auto mdat = bytes_of("mdat");
  const auto found = std::search(whole.begin(), whole.end(), mdat.begin(), mdat.end());
  EXPECT_EQ(refuse({whole.begin(), found + 4}).reason(), "truncated");
}

TEST(BadInput, ThatIsCutInItsMediaIsRefusedWithWhatIsThere) {
  const JobRun run = refuse(front(small_mp4("-movflags +faststart"), 0.6));
  EXPECT_EQ(run.reason(), "truncated");
  EXPECT_TRUE(run.result.error().detail.contains("are there")) << run.result.error().detail;
}

TEST(BadInput, OfWhichATransportStreamIsCutIsShownAsFarAsItGoes) {
  const JobRun run = transcode(front(
      clip(
          fmt::format("-f lavfi -i testsrc2=s=320x180:r=25:d=4 -f lavfi -i sine=440:d=4 {}", kFast),
          "ts"),
      0.5));
  EXPECT_GT(run.track("144p").seconds(), 1.0);
}

TEST(BadInput, WithDamagedPacketsIsShownWithoutThem) {
  auto bytes = clip("-f lavfi -i testsrc2=s=320x180:r=25:d=4 -c:v mpeg4 -g 5", "avi");
  for (size_t at = bytes.size() / 2; at < bytes.size() / 2 + 3'000; ++at)
    bytes[at] ^= std::byte{0x5a};
  const JobRun run = transcode(std::move(bytes));
  EXPECT_NEAR(run.track("144p").seconds(), 4.0, 0.2);
}

TEST(BadInput, OfWhichNothingDecodesIsRefusedAsDamaged) {
  auto bytes = small_mp4("-movflags +faststart -an");
  const auto mdat = bytes_of("mdat");
  const auto found = std::search(bytes.begin(), bytes.end(), mdat.begin(), mdat.end());
  std::fill(found + 4, bytes.end(), std::byte{0xff});
  EXPECT_EQ(refuse(std::move(bytes)).reason(), "damaged");
}

TEST(BadInput, WithoutASingleFrameIsRefused) {
  const auto empty = clip(
      "-f lavfi -i testsrc2=s=320x180:r=25:d=1 -t 0 -c:v libx264 "
      "-movflags +empty_moov",
      "mp4");
  EXPECT_EQ(refuse(empty).reason(), "no_duration");
}

TEST(BadInput, LargerThanTheLimitIsRefusedBeforeAFrameIsDecoded) {
  worker::JobSpec spec = job();
  spec.limits.width_max = spec.limits.height_max = 300;
  const JobRun run = refuse(small_mp4(), spec);
  EXPECT_EQ(run.reason(), "picture_too_large");
  EXPECT_TRUE(run.result.error().detail.contains("320x180")) << run.result.error().detail;
  EXPECT_FALSE(run.sink->probed);
}

TEST(BadInput, InEightThousandPixelsIsRefused) {
  EXPECT_EQ(refuse(clip("-f lavfi -i color=gray:s=7680x4320:r=1:d=1 -frames:v 1 -c:v mpeg4", "mkv"))
                .reason(),
            "picture_too_large");
}

TEST(BadInput, ThatGrowsOverTheLimitInMidStreamIsRefused) {
  const auto part = [](std::string_view size) {
    return clip(fmt::format("-f lavfi -i testsrc2=s={}:r=25:d=1 -c:v mpeg2video", size), "ts");
  };
  auto bytes = part("320x180");
  const auto second = part("640x360");
  bytes.insert(bytes.end(), second.begin(), second.end());
  worker::JobSpec spec = job();
  spec.limits.width_max = 400;
  EXPECT_EQ(refuse(std::move(bytes), spec).reason(), "picture_too_large");
}

TEST(BadInput, LongerThanTheLimitIsRefused) {
  worker::JobSpec spec = job();
  spec.limits.duration_ms_max = 3000;
  EXPECT_EQ(refuse(small_mp4(), spec).reason(), "too_long");
}

TEST(BadInput, LongerThanTheLimitWithoutSayingSoIsRefusedOnTheWay) {
  worker::JobSpec spec = job();
  spec.limits.duration_ms_max = 3000;
  const auto stream = clip(
      fmt::format("-f lavfi -i testsrc2=s=320x180:r=25:d=4 -f lavfi -i sine=440:d=4 {}", kFast),
      "ts");
  EXPECT_EQ(refuse(stream, spec).reason(), "too_long");
}

TEST(BadInput, ThatIsEncryptedIsRefused) {
  EXPECT_EQ(refuse(small_mp4("-encryption_scheme cenc-aes-ctr -encryption_key "
                             "76a6c65c5ea762046bd749a2e632ccbb "
                             "-encryption_kid a7e61c373e219033c21091fa607bf3b8"))
                .reason(),
            "encrypted");
}

TEST(BadInput, InAnUnknownCodecIsRefused) {
  EXPECT_EQ(refuse(renamed(small_mp4("-an"), "avc1", "zzzz")).reason(), "codec_unsupported");
}

TEST(BadInput, WithOnlySubtitlesIsRefused) {
  const TemporaryFolder folder;
  write_file(folder.file("a.srt"), bytes_of("1\n00:00:00,000 --> 00:00:01,000\nHello\n"));
  EXPECT_EQ(refuse(clip("-i " + folder.file("a.srt") + " -c:s mov_text")).reason(), "no_streams");
}

TEST(BadInput, WithAbsurdSoundIsRefused) {
  auto bytes = clip("-f lavfi -i sine=440:r=48000:d=1 -c:a pcm_s16le", "wav");
  const uint16_t channels = 1000;
  std::memcpy(bytes.data() + 22, &channels, 2);
  EXPECT_NE(refuse(std::move(bytes)).reason(), "");
}

TEST(BadInput, CutAtAnyPlaceNeverCrashesTheJob) {
  const auto whole =
      clip(fmt::format("-f lavfi -i testsrc2=s=64x64:r=25:d=1 -f lavfi -i "
                       "sine=440:d=1 {} -movflags +faststart",
                       kFast));
  for (double share = 0.02; share < 1; share += 0.07) {
    MemorySource source(front(whole, share));
    MemorySink sink;
    const auto result = run_transcode(job(), source, sink);
    if (!result) EXPECT_FALSE(result.error().detail.empty());
  }
}

}  // namespace
}  // namespace millrace::media::ffmpeg::test
