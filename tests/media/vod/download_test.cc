#include "media/vod/download.h"

#include <gtest/gtest.h>

#include "tests/media/vod/presentations.h"

namespace millrace::media::vod {
namespace {

using core::ErrorCode;
using test::output_of;

/// Pictures with B-frames and sound with priming, as the server stores them.
class DownloadOfARealVideo : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    files_ = new std::vector<test::TrackFile>{
        test::encoded_track("-f lavfi -i testsrc2=s=320x180:r=30:d=7 -c:v libx264 -preset veryfast "
                            "-pix_fmt yuv420p -g 60 -sc_threshold 0 -bf 2 "
                            "-movflags cmaf+frag_keyframe+skip_trailer"),
        test::encoded_track("-f lavfi -i sine=440:r=48000:d=7 -c:a aac -ac 2 "
                            "-frag_duration 2000000 -movflags cmaf+skip_trailer",
                            /*priming=*/1024)};
  }
  static void TearDownTestSuite() { delete files_; }

  static std::span<const std::byte> bytes_of(size_t rendition) {
    return (*files_)[rendition].bytes;
  }

  Presentation presentation_{
      .id = "a", .renditions = {{"360p", (*files_)[0].index}, {"audio-128k", (*files_)[1].index}}};

  fmp4::ProgressiveFile lay_out() {
    auto download = Download::create(presentation_, formats_of(presentation_)[0]);
    EXPECT_TRUE(download);
    for (const HeadRange& head : download->heads()) {
      const auto added =
          download->add_head(bytes_of(head.rendition).subspan(head.offset, head.size));
      EXPECT_TRUE(added) << added.error().what;
    }
    auto file = download->lay_out();
    EXPECT_TRUE(file) << file.error().what;
    return *file;
  }

  std::string write(const fmp4::ProgressiveFile& file) {
    std::vector<std::byte> bytes = file.head;
    for (const fmp4::TrackSlice& slice : file.slices) {
      const auto part = bytes_of(slice.track).subspan(slice.offset, slice.size);
      bytes.insert(bytes.end(), part.begin(), part.end());
    }
    EXPECT_EQ(bytes.size(), file.size);
    test::write_file(folder_.file("download.mp4"), bytes);
    return folder_.file("download.mp4");
  }

  static std::vector<test::TrackFile>* files_;
  test::TemporaryFolder folder_;
};

std::vector<test::TrackFile>* DownloadOfARealVideo::files_ = nullptr;

TEST_F(DownloadOfARealVideo, DecodesToTheSamePicturesAndSound) {
  const std::string whole = write(lay_out());
  EXPECT_EQ(output_of("ffmpeg -v warning -xerror -i " + whole + " -f null -"), "");
  const auto hashes = [](const std::string& path, const char* stream) {
    return output_of(
               fmt::format("ffmpeg -v error -i {} -map 0:{} -c copy -f streamhash -hash md5 -",
                           path, stream))
        .substr(4);
  };
  test::write_file(folder_.file("v.mp4"), bytes_of(0));
  test::write_file(folder_.file("a.mp4"), bytes_of(1));
  EXPECT_EQ(hashes(whole, "v"), hashes(folder_.file("v.mp4"), "v"));
  EXPECT_EQ(hashes(whole, "a"), hashes(folder_.file("a.mp4"), "a"));
}

TEST_F(DownloadOfARealVideo, StartsAndEndsExactly) {
  const std::string whole = write(lay_out());
  EXPECT_EQ(output_of("ffprobe -v warning -show_entries stream=codec_name,start_time,duration,"
                      "nb_frames -of csv=p=0 " +
                      whole),
            "h264,0.000000,7.000000,210\n"
            "aac,0.000000,7.000000,330\n");
}

TEST_F(DownloadOfARealVideo, SeeksToAKeyFrame) {
  EXPECT_EQ(output_of("ffprobe -v error -select_streams v -read_intervals 4.5%+#1 -show_entries "
                      "packet=pts_time,flags -of csv=p=0 " +
                      write(lay_out())),
            "4.000000,K_\n");
}

TEST_F(DownloadOfARealVideo, InterleavesPicturesAndSound) {
  const auto file = lay_out();
  std::string order;
  for (const fmp4::TrackSlice& slice : file.slices) order += slice.track == 0 ? 'v' : 'a';
  EXPECT_EQ(order, "vavavava");
}

TEST_F(DownloadOfARealVideo, RefusesHeadsThatAreNotThoseOfTheIndex) {
  auto download = Download::create(presentation_, formats_of(presentation_)[0]);
  EXPECT_EQ(download->lay_out().error().code, ErrorCode::kInvalid);
  const HeadRange& second = download->heads()[1];
  EXPECT_EQ(download->add_head(bytes_of(0).subspan(second.offset, second.size)).error().code,
            ErrorCode::kMalformed);
}

TEST(Download, WaitsForARenditionThatIsStillBeingMade) {
  const Presentation presentation{
      .renditions = {{"360p", test::video_index(2)},
                     {"audio-128k", test::audio_index(2, track::TrackState::kGrowing)}}};
  EXPECT_EQ(Download::create(presentation, formats_of(presentation)[0]).error().code,
            ErrorCode::kConflict);
}

}  // namespace
}  // namespace millrace::media::vod
