#include "media/vod/playlists.h"

#include <gtest/gtest.h>

#include "tests/media/hls/playlist_linter.h"
#include "tests/media/vod/presentations.h"

namespace millrace::media::vod {
namespace {

using core::ErrorCode;
using fmp4::Codec;
using track::TrackState;

std::vector<std::string> variants_of(const VariantFilter& filter,
                                     const Presentation& presentation = test::full_presentation()) {
  const auto text = multivariant_playlist(presentation, filter, 6);
  if (!text) return {text.error().what};
  const auto list = test::lint(*text);
  EXPECT_EQ(list.violations_text(), "") << *text;
  std::vector<std::string> names;
  for (const auto& variant : list.variants) {
    const size_t slash = variant.uri.find('/');
    names.push_back(variant.uri.substr(slash + 1, variant.uri.find(".m3u8") - slash - 1));
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(MultivariantPlaylist, IsWrittenWhole) {
  Presentation presentation{
      .id = "dQw4w9WgXcQ",
      .renditions = {{"180p", test::video_index(3)}, {"audio-128k", test::audio_index(3)}}};
  EXPECT_EQ(
      *multivariant_playlist(presentation, {}, 6),
      "#EXTM3U\n"
      "#EXT-X-INDEPENDENT-SEGMENTS\n"
      "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio-128k\",NAME=\"default\",DEFAULT=YES,AUTOSELECT=YES,"
      "CHANNELS=\"2\",URI=\"dQw4w9WgXcQ/audio-128k.m3u8?segment=6\"\n"
      "#EXT-X-STREAM-INF:BANDWIDTH=528219,AVERAGE-BANDWIDTH=528219,"
      "CODECS=\"avc1.64000d,mp4a.40.2\",RESOLUTION=320x180,FRAME-RATE=30.000,AUDIO=\"audio-128k\","
      "CLOSED-CAPTIONS=NONE\n"
      "dQw4w9WgXcQ/180p.m3u8?segment=6\n"
      "#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=7112,AVERAGE-BANDWIDTH=7112,CODECS=\"avc1.64000d\","
      "RESOLUTION=320x180,URI=\"dQw4w9WgXcQ/180p/iframes.m3u8\"\n");
}

TEST(MultivariantPlaylist, BeginsWithTheVariantToStartWith) {  // MV-10
  EXPECT_EQ(variants_of({}), (Names{"720p-vp9", "720p", "720p-av1", "360p"}));
}

TEST(MultivariantPlaylist, IsNarrowedToWhatTheRequestAllows) {
  EXPECT_EQ(variants_of({.max_height = 480}), Names{"360p"});
  EXPECT_EQ(variants_of({.max_width = 1279}), Names{"360p"});
  EXPECT_EQ(variants_of({.max_bitrate_bps = 1'500'000}), (Names{"720p-av1", "360p"}));
  EXPECT_EQ(variants_of({.codecs = {Codec::kVp9}}), Names{"720p-vp9"});
  EXPECT_EQ(variants_of({.max_height = 720, .codecs = {Codec::kH264, Codec::kAac}}),
            (Names{"360p", "720p"}));
}

TEST(MultivariantPlaylist, KeepsTheLeastDemandingVariantWhereNothingFits) {
  EXPECT_EQ(variants_of({.max_height = 1}), Names{"360p"});
  EXPECT_EQ(variants_of({.max_bitrate_bps = 1, .codecs = {Codec::kVp9}}), Names{"720p-vp9"});
}

TEST(MultivariantPlaylist, SaysSoWhereNoRenditionHasTheCodec) {
  const auto list = multivariant_playlist(test::full_presentation(), {.codecs = {Codec::kHevc}}, 6);
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().code, ErrorCode::kNotFound);
}

TEST(MultivariantPlaylist, NeverFallsSilentBecauseOfAFilter) {
  const Presentation presentation{
      .id = "a",
      .renditions = {{"720p", test::video_index(3)}, {"audio-128k", test::audio_index(3)}}};
  EXPECT_EQ(
      multivariant_playlist(presentation, {.codecs = {Codec::kH264, Codec::kOpus}}, 6).error().code,
      ErrorCode::kNotFound);
  EXPECT_EQ(variants_of({.codecs = {Codec::kH264}}, presentation), Names{"720p"});
}

TEST(MultivariantPlaylist, GivesEachPictureTheSoundThatSuitsIt) {
  const auto list = test::lint(*multivariant_playlist(test::full_presentation(), {}, 6));
  std::map<std::string, std::string> sound;
  for (const auto& variant : list.variants) {
    sound[variant.uri] = variant.attributes.at("AUDIO") + " " + variant.attributes.at("CODECS");
  }
  const std::string at = "dQw4w9WgXcQ/";
  EXPECT_EQ(sound[at + "720p.m3u8?segment=6"], "audio-128k avc1.64000d,mp4a.40.2");
  EXPECT_EQ(sound[at + "360p.m3u8?segment=6"], "audio-64k avc1.64000d,mp4a.40.2");
  EXPECT_EQ(sound[at + "720p-vp9.m3u8?segment=6"], "audio-128k-opus vp09.00.31.08,opus");
  EXPECT_EQ(list.media.size(), 3u);
  EXPECT_EQ(list.i_frames.size(), 4u);
}

TEST(MultivariantPlaylist, OffersSoundAloneAndPicturesAlone) {
  Presentation presentation{.id = "a", .renditions = {{"audio-128k", test::audio_index(3)}}};
  EXPECT_EQ(variants_of({}, presentation), Names{"audio-128k"});
  presentation.renditions = {{"720p", test::video_index(3)}};
  EXPECT_EQ(variants_of({}, presentation), Names{"720p"});
}

TEST(MultivariantPlaylist, ListsOnlyWhatHasASegmentAlready) {
  Presentation presentation{
      .id = "a",
      .renditions = {{"720p", test::video_index(2, 0, TrackState::kGrowing)},
                     {"360p", test::video_index(3, 0, TrackState::kGrowing), 900'000, 700'000}}};
  EXPECT_EQ(variants_of({}, presentation), Names{"360p"});
  presentation.renditions.pop_back();
  EXPECT_EQ(multivariant_playlist(presentation, {}, 6).error().code, ErrorCode::kConflict);
}

TEST(MediaPlaylist, IsWrittenWholeAtAnyLength) {
  const Presentation presentation{.id = "a", .renditions = {{"720p", test::video_index(4, 10)}}};
  EXPECT_EQ(*media_playlist(presentation, {.quality = "720p", .segment_s = 4}),
            "#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:0\n"
            "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
            "#EXT-X-MAP:URI=\"720p/init.mp4\"\n"
            "#EXTINF:4.000000,\n720p/0-1.m4s\n"
            "#EXTINF:4.000000,\n720p/2-3.m4s\n"
            "#EXTINF:0.333333,\n720p/4-4.m4s\n"
            "#EXT-X-ENDLIST\n");
  EXPECT_EQ(*media_playlist(presentation, {.quality = "720p",
                                           .segment_s = 10,
                                           .container = SegmentContainer::kTransportStream}),
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n"
            "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n"
            "#EXTINF:8.333333,\n720p/0-4.ts\n"
            "#EXT-X-ENDLIST\n");
}

TEST(MediaPlaylist, ExistsForWhatHasASegment) {
  const Presentation presentation{
      .id = "a", .renditions = {{"720p", test::video_index(1, 0, TrackState::kGrowing)}}};
  EXPECT_EQ(media_playlist(presentation, {"480p", 6}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(media_playlist(presentation, {"720p", 6}).error().code, ErrorCode::kConflict);
  EXPECT_TRUE(media_playlist(presentation, {"720p", 2}));
}

TEST(MediaPlaylist, IsAnEventUntilAllRenditionsAreFinished) {  // PL-20
  Presentation presentation{
      .id = "a",
      .renditions = {{"360p", test::video_index(6)},
                     {"720p", test::video_index(4, 0, TrackState::kGrowing)}}};
  auto done = test::lint(*media_playlist(presentation, {"360p", 6}));
  EXPECT_EQ(done.type, "EVENT");
  EXPECT_TRUE(done.ended);
  auto growing = test::lint(*media_playlist(presentation, {"720p", 6}));
  EXPECT_EQ(growing.type, "EVENT");
  EXPECT_FALSE(growing.ended);
  presentation.renditions[1].index = test::video_index(6);
  EXPECT_EQ(test::lint(*media_playlist(presentation, {"720p", 6})).type, "VOD");
}

TEST(IFramePlaylist, PointsAtTheKeyFramesOfTheTrack) {  // MV-09
  const Presentation presentation{
      .id = "a",
      .renditions = {{"720p", test::video_index(2, 10)}, {"audio-128k", test::audio_index(2)}}};
  const auto text = i_frame_playlist(presentation, "720p");
  ASSERT_TRUE(text);
  const auto list = test::lint(*text);
  EXPECT_EQ(list.violations_text(), "");
  EXPECT_TRUE(list.i_frames_only);
  ASSERT_EQ(list.segments.size(), 3u);
  const track::TrackEntry& second = presentation.renditions[0].index[1];
  EXPECT_EQ(list.segments[1].uri, "track.mp4");
  EXPECT_EQ(list.segments[1].range,
            std::pair(second.offset, uint64_t{second.head_size} + second.first_sample_size));
  EXPECT_EQ(list.segments[1].duration_us, 2'000'000u);
  EXPECT_EQ(i_frame_playlist(presentation, "audio-128k").error().code, ErrorCode::kNotFound);
}

TEST(ParseCodecs, TakesShortAndFullNames) {
  EXPECT_EQ(*parse_codecs("avc1,mp4a"), (std::vector{Codec::kH264, Codec::kAac}));
  EXPECT_EQ(*parse_codecs("av01.0.05M.08,opus"), (std::vector{Codec::kAv1, Codec::kOpus}));
  EXPECT_TRUE(parse_codecs("")->empty());
  EXPECT_EQ(parse_codecs("avc1,theora").error().code, ErrorCode::kInvalid);
  EXPECT_EQ(parse_codecs(",").error().code, ErrorCode::kInvalid);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "avc1,";
  EXPECT_EQ(parse_codecs(many).error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace millrace::media::vod
