#include "media/hls/multivariant_playlist.h"

#include <gtest/gtest.h>

#include "media/hls/attribute_list.h"

namespace millrace::media::hls {
namespace {

MultivariantPlaylist two_variants() {
  return {
      .independent_segments = true,
      .audio = {{.group = "aac",
                 .name = "main",
                 .uri = "ID/audio-128k.m3u8",
                 .language = "en",
                 .channels = 2,
                 .is_default = true}},
      .variants = {{.uri = "ID/720p.m3u8",
                    .bandwidth_bps = 3'000'000,
                    .average_bandwidth_bps = 2'500'000,
                    .codecs = "avc1.64001f,mp4a.40.2",
                    .resolution = Resolution{1280, 720},
                    .frame_rate = FrameRate{30'000, 1001},
                    .audio_group = "aac"},
                   {.uri = "ID/360p.m3u8",
                    .bandwidth_bps = 800'000,
                    .average_bandwidth_bps = 700'000,
                    .codecs = "avc1.64001e,mp4a.40.2",
                    .resolution = Resolution{640, 360},
                    .frame_rate = FrameRate{30, 1},
                    .audio_group = "aac"}},
      .i_frames = {{.uri = "ID/720p/iframes.m3u8",
                    .bandwidth_bps = 900'000,
                    .average_bandwidth_bps = 400'000,
                    .codecs = "avc1.64001f",
                    .resolution = Resolution{1280, 720}}},
  };
}

TEST(MultivariantPlaylist, IsWrittenWhole) {
  EXPECT_EQ(render(two_variants()),
            "#EXTM3U\n"
            "#EXT-X-INDEPENDENT-SEGMENTS\n"
            "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"aac\",NAME=\"main\",LANGUAGE=\"en\",DEFAULT=YES,"
            "AUTOSELECT=YES,CHANNELS=\"2\",URI=\"ID/audio-128k.m3u8\"\n"
            "#EXT-X-STREAM-INF:BANDWIDTH=3000000,AVERAGE-BANDWIDTH=2500000,"
            "CODECS=\"avc1.64001f,mp4a.40.2\",RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO=\"aac\","
            "CLOSED-CAPTIONS=NONE\n"
            "ID/720p.m3u8\n"
            "#EXT-X-STREAM-INF:BANDWIDTH=800000,AVERAGE-BANDWIDTH=700000,"
            "CODECS=\"avc1.64001e,mp4a.40.2\",RESOLUTION=640x360,FRAME-RATE=30.000,AUDIO=\"aac\","
            "CLOSED-CAPTIONS=NONE\n"
            "ID/360p.m3u8\n"
            "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=400000,"
            "CODECS=\"avc1.64001f\",RESOLUTION=1280x720,URI=\"ID/720p/iframes.m3u8\"\n");
}

TEST(MultivariantPlaylist, NamesTheRangeOnAllOnceOneIsNotSdr) {  // MV-02, MV-04
  auto playlist = two_variants();
  playlist.variants[0].video_range = video_range_of(16);
  const std::string text = render(playlist);
  EXPECT_NE(text.find("VIDEO-RANGE=PQ"), std::string::npos);
  EXPECT_NE(text.find("VIDEO-RANGE=SDR"), std::string::npos);
  EXPECT_EQ(video_range_of(18), VideoRange::kHlg);
  for (const uint8_t sdr : std::initializer_list<uint8_t>{1, 2, 6, 13, 14, 15}) {
    EXPECT_EQ(video_range_of(sdr), VideoRange::kSdr) << int{sdr};
  }
}

TEST(MultivariantPlaylist, LeavesOutWhatAVariantDoesNotHave) {
  EXPECT_EQ(render({.variants = {{.uri = "a.m3u8",
                                  .bandwidth_bps = 140'000,
                                  .average_bandwidth_bps = 130'000,
                                  .codecs = "mp4a.40.2"}}}),
            "#EXTM3U\n"
            "#EXT-X-STREAM-INF:BANDWIDTH=140000,AVERAGE-BANDWIDTH=130000,CODECS=\"mp4a.40.2\","
            "CLOSED-CAPTIONS=NONE\n"
            "a.m3u8\n");
}

TEST(AttributeList, CannotBeBrokenOutOf) {  // PL-04
  std::string out;
  AttributeList(out, "#T")
      .quoted("NAME", "a\"\r\n#EXT-X-ENDLIST\x01")
      .quoted("EMPTY", "")
      .number("N", UINT64_MAX);
  EXPECT_EQ(out, "#T:NAME=\"a   #EXT-X-ENDLIST \",N=18446744073709551615\n");
}

}  // namespace
}  // namespace millrace::media::hls
