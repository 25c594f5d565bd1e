// Every playlist and segment of a real presentation, written to a folder under its address and
// played to the end by tools that know nothing of ours.
#include <gtest/gtest.h>

#include "media/hls/media_playlist.h"
#include "media/vod/playlists.h"
#include "media/vod/segmenting.h"
#include "tests/media/hls/playlist_linter.h"
#include "tests/media/vod/presentations.h"

namespace millrace::media::vod {
namespace {

using test::output_of;

class Played : public testing::TestWithParam<uint32_t> {
 protected:
  static void SetUpTestSuite() {
    const auto video = [](const char* size) {
      return test::encoded_track(fmt::format(
          "-f lavfi -i testsrc2=s={}:r=30000/1001:d=9 -c:v libx264 -preset veryfast -pix_fmt "
          "yuv420p -g 60 -sc_threshold 0 -bf 2 -movflags cmaf+frag_keyframe+skip_trailer", size));
    };
    files_ = new std::vector<test::TrackFile>{
        video("640x360"), video("426x240"),
        test::encoded_track("-f lavfi -i sine=440:r=48000:d=9 -c:a aac -ac 2 "
                            "-frag_duration 2000000 -movflags cmaf+skip_trailer", 1024)};
  }
  static void TearDownTestSuite() { delete files_; }

  void SetUp() override {
    for (size_t i = 0; i < files_->size(); ++i) {
      presentation_.renditions[i].index = (*files_)[i].index;
    }
    std::filesystem::create_directory(folder_.file("v"));
    const std::string name = "v.m3u8";
    write_text(name, *multivariant_playlist(presentation_, {}, GetParam()));
    for (size_t i = 0; i < files_->size(); ++i) write_rendition(i);
  }

  void write_text(const std::string& name, const std::string& text) {
    test::write_file(folder_.file(name), std::as_bytes(std::span(text)));
  }

  void write_rendition(size_t i) {
    const Rendition& rendition = presentation_.renditions[i];
    const std::span<const std::byte> bytes = (*files_)[i].bytes;
    const std::string base = "v/" + rendition.quality;
    std::filesystem::create_directory(folder_.file(base));
    const auto playlist =
        media_playlist(presentation_, {.quality = rendition.quality, .segment_s = GetParam()});
    write_text(fmt::format("{}.m3u8?segment={}", base, GetParam()), *playlist);
    test::write_file(folder_.file(base + "/init.mp4"), bytes.first(rendition.index.init_size()));
    test::write_file(folder_.file(base + "/track.mp4"), bytes);
    for (const Segment& segment : cut_segments(rendition.index, GetParam())) {
      const auto span = segment_bytes(rendition.index, segment.first, segment.last);
      test::write_file(folder_.file(fmt::format("{}/{}-{}.m4s", base, segment.first, segment.last)),
                       bytes.subspan(span->offset, span->size));
    }
    if (rendition.is_video()) {
      write_text(base + "/iframes.m3u8", *i_frame_playlist(presentation_, rendition.quality));
    }
  }

  static std::vector<test::TrackFile>* files_;
  Presentation presentation_{.id = "v",
                             .renditions = {{"360p", {}}, {"240p", {}}, {"audio-128k", {}}}};
  test::TemporaryFolder folder_;
};

std::vector<test::TrackFile>* Played::files_ = nullptr;

TEST_P(Played, FromStartToEndInFfmpeg) {
  EXPECT_EQ(output_of("ffmpeg -v error -xerror -allowed_extensions ALL -i " +
                      folder_.file("v.m3u8") + " -map 0 -f null -"),
            "");
}

TEST_P(Played, WithEveryFrameOnce) {
  EXPECT_EQ(output_of("ffprobe -v error -allowed_extensions ALL -count_packets -show_entries "
                      "program_stream=:stream=codec_type,nb_read_packets -of csv=p=0 " +
                      folder_.file(fmt::format("v/360p.m3u8?segment={}", GetParam()))),
            "video,270\n\nvideo,270\n");
}

TEST_P(Played, WithTheLengthThatThePlaylistStates) {  // PL-12
  for (size_t i = 0; i < files_->size(); ++i) {
    const Rendition& rendition = presentation_.renditions[i];
    const auto list = test::lint(
        *media_playlist(presentation_, {.quality = rendition.quality, .segment_s = GetParam()}));
    EXPECT_EQ(list.violations_text(), "");
    EXPECT_NEAR(static_cast<double>(list.duration_us()) / 1e6, rendition.index.duration_seconds(),
                1e-6);
  }
}

// A range holds the moof and one of the samples it names; a decoder that is given no more makes one
// picture of it.
TEST_P(Played, ByItsKeyFramesAlone) {  // MV-09
  const auto list = test::lint(*i_frame_playlist(presentation_, "360p"));
  ASSERT_EQ(list.segments.size(), 5u);
  const std::span<const std::byte> track = (*files_)[0].bytes;
  for (const auto& segment : list.segments) {
    auto bytes = test::read_file(folder_.file("v/360p/init.mp4"));
    const auto range = track.subspan(segment.range->first, segment.range->second);
    bytes.insert(bytes.end(), range.begin(), range.end());
    test::write_file(folder_.file("picture.mp4"), bytes);
    EXPECT_EQ(output_of("ffmpeg -v fatal -i " + folder_.file("picture.mp4") +
                        " -frames:v 1 -f framemd5 - | grep -c '^0,'"),
              "1\n");
  }
}

INSTANTIATE_TEST_SUITE_P(AtSeconds, Played, testing::Values(2, 6, 10),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace millrace::media::vod
