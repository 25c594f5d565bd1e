#include "media/hls/multivariant_playlist_text.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

namespace millrace::media::hls {
namespace {

std::string error_of(std::string_view text) {
  const auto parsed = parse_multivariant_playlist(text);
  return parsed ? "" : fmt::format("{}: {}", parsed.error().line, parsed.error().what);
}

TEST(MultivariantPlaylistText, ReadsRenditionsVariantsAndIFrames) {
  const auto read = parse_multivariant_playlist(
      "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"English\",DEFAULT=YES,AUTOSELECT=YES,"
      "LANGUAGE=\"en\",CHANNELS=\"2\",URI=\"en.m3u8\"\n"
      "#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"c\",NAME=\"CC\",INSTREAM-ID=\"CC1\"\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=1280000,AVERAGE-BANDWIDTH=1000000,CODECS=\"avc1.4d401e,"
      "mp4a.40.2\",RESOLUTION=1280x720,FRAME-RATE=29.970,VIDEO-RANGE=PQ,AUDIO=\"a\",SCORE=2.5\n"
      "low/video.m3u8?x=1\n"
      "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=86000,URI=\"low/iframe.m3u8\"\n"
      "#EXT-X-SESSION-DATA:DATA-ID=\"com.x\",VALUE=\"y\"\n");
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->version, 7U);
  EXPECT_TRUE(read->independent_segments);
  ASSERT_EQ(read->renditions.size(), 2U);
  EXPECT_EQ(read->renditions[0].name, "English");
  EXPECT_TRUE(read->renditions[0].is_default);
  EXPECT_EQ(read->renditions[1].type, RenditionText::Type::kClosedCaptions);
  ASSERT_EQ(read->variants.size(), 1U);
  const VariantText& variant = read->variants[0];
  EXPECT_EQ(variant.variant.uri, "low/video.m3u8?x=1");
  EXPECT_EQ(variant.variant.bandwidth_bps, 1'280'000U);
  EXPECT_EQ(variant.variant.average_bandwidth_bps, 1'000'000U);
  EXPECT_EQ(variant.variant.codecs, "avc1.4d401e,mp4a.40.2");
  EXPECT_EQ(variant.variant.resolution->height, 720U);
  EXPECT_EQ(variant.variant.frame_rate->num * 1000 / variant.variant.frame_rate->den, 29'970U);
  EXPECT_EQ(variant.variant.video_range, VideoRange::kPq);
  EXPECT_EQ(variant.variant.audio_group, "a");
  EXPECT_EQ(variant.all.find("SCORE")->value, "2.5");
  EXPECT_EQ(variant.line, 6U);
  ASSERT_EQ(read->i_frames.size(), 1U);
  EXPECT_EQ(read->i_frames[0].variant.uri, "low/iframe.m3u8");
  ASSERT_EQ(read->unknown.size(), 1U);
}

TEST(MultivariantPlaylistText, NamesTheLineThatBreaksARule) {
  EXPECT_EQ(error_of("#EXTM3U\n"), "0: there is no EXT-X-STREAM-INF");
  EXPECT_EQ(error_of("#EXTM3U\na.m3u8\n"), "2: a URI without its EXT-X-STREAM-INF");
  EXPECT_EQ(error_of("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n"),
            "0: the URI of the last variant is missing");
  EXPECT_EQ(error_of("#EXTM3U\n#EXT-X-STREAM-INF:CODECS=\"a\"\na\n"),
            "2: EXT-X-STREAM-INF: BANDWIDTH is missing");
  EXPECT_EQ(error_of("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=720p\na\n"),
            "2: EXT-X-STREAM-INF: RESOLUTION is no resolution like 1280x720");
  EXPECT_EQ(error_of("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n#EXT-X-VERSION:3\na\n"),
            "3: EXT-X-VERSION: stands between EXT-X-STREAM-INF and its URI");
  EXPECT_EQ(error_of("#EXTM3U\n#EXTINF:1,\n"),
            "2: EXTINF: has no place in a Multivariant Playlist");
  EXPECT_EQ(error_of("#EXTM3U\n#EXT-X-MEDIA:TYPE=SMELL,GROUP-ID=\"a\",NAME=\"b\"\n"),
            "2: EXT-X-MEDIA: TYPE is none of AUDIO, VIDEO, SUBTITLES and CLOSED-CAPTIONS");
  EXPECT_EQ(error_of("#EXTM3U\n#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"a\",NAME=\"b\"\n"),
            "2: EXT-X-MEDIA: URI is missing");
  EXPECT_EQ(error_of("#EXTM3U\n#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"a\",NAME=\"b\"\n"),
            "2: EXT-X-MEDIA: INSTREAM-ID is missing");
}

TEST(PlaylistKind, FollowsFromTheFirstTagThatOnlyOneKindMayHave) {
  EXPECT_EQ(kind_of_playlist("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-MEDIA:TYPE=AUDIO\n"),
            PlaylistKind::kMultivariant);
  EXPECT_EQ(kind_of_playlist("#EXTM3U\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-TARGETDURATION:2\n"),
            PlaylistKind::kMedia);
  EXPECT_FALSE(kind_of_playlist("#EXTM3U\n#EXT-X-VERSION:3\n"));
  EXPECT_FALSE(kind_of_playlist("<html>"));
}

TEST(MultivariantPlaylistText, IsWhatTheWriterWrote) {
  const MultivariantPlaylist written{
      .independent_segments = true,
      .audio = {{.group = "audio-128k", .name = "128k", .uri = "a.m3u8", .is_default = true}},
      .variants = {{.uri = "720p.m3u8",
                    .bandwidth_bps = 2'000'000,
                    .average_bandwidth_bps = 1'500'000,
                    .codecs = "avc1.640028,mp4a.40.2",
                    .resolution = Resolution{.width = 1280, .height = 720},
                    .frame_rate = FrameRate{.num = 30'000, .den = 1001},
                    .video_range = VideoRange::kHlg,
                    .audio_group = "audio-128k"}},
      .i_frames = {{.uri = "i.m3u8", .bandwidth_bps = 90'000, .codecs = "avc1.640028"}}};
  const auto read = parse_multivariant_playlist(render(written));
  ASSERT_TRUE(read) << read.error().what;
  ASSERT_EQ(read->renditions.size(), 1U);
  EXPECT_EQ(read->renditions[0].group, "audio-128k");
  EXPECT_EQ(read->renditions[0].channels, "2");
  ASSERT_EQ(read->variants.size(), 1U);
  const Variant& variant = read->variants[0].variant;
  EXPECT_EQ(variant.uri, written.variants[0].uri);
  EXPECT_EQ(variant.bandwidth_bps, written.variants[0].bandwidth_bps);
  EXPECT_EQ(variant.codecs, written.variants[0].codecs);
  EXPECT_EQ(variant.video_range, VideoRange::kHlg);
  EXPECT_EQ(variant.audio_group, "audio-128k");
  ASSERT_EQ(read->i_frames.size(), 1U);
  EXPECT_EQ(read->i_frames[0].variant.bandwidth_bps, 90'000U);
}

}  // namespace
}  // namespace millrace::media::hls
