#include "media/hls/media_playlist.h"

#include <gtest/gtest.h>

namespace millrace::media::hls {
namespace {

TEST(MediaPlaylist, IsWrittenWholeForAFinishedVideo) {
  EXPECT_EQ(render({.type = PlaylistType::kVod,
                    .ended = true,
                    .timescale = 15'360,
                    .target_duration_s = 6,
                    .independent_segments = true,
                    .map_uri = "720p/init.mp4",
                    .segments = {{.uri = "720p/0-2.m4s", .start = 0, .duration = 92'160},
                                 {.uri = "720p/3-3.m4s", .start = 92'160, .duration = 5'120}}}),
            "#EXTM3U\n"
            "#EXT-X-VERSION:6\n"
            "#EXT-X-TARGETDURATION:6\n"
            "#EXT-X-MEDIA-SEQUENCE:0\n"
            "#EXT-X-PLAYLIST-TYPE:VOD\n"
            "#EXT-X-INDEPENDENT-SEGMENTS\n"
            "#EXT-X-MAP:URI=\"720p/init.mp4\"\n"
            "#EXTINF:6.000000,\n"
            "720p/0-2.m4s\n"
            "#EXTINF:0.333333,\n"
            "720p/3-3.m4s\n"
            "#EXT-X-ENDLIST\n");
}

TEST(MediaPlaylist, IsOpenEndedWhileTheVideoGrows) {
  EXPECT_EQ(render({.type = PlaylistType::kEvent,
                    .timescale = 1,
                    .target_duration_s = 6,
                    .map_uri = "init.mp4",
                    .segments = {{.uri = "0-2.m4s", .start = 0, .duration = 6}}}),
            "#EXTM3U\n"
            "#EXT-X-VERSION:6\n"
            "#EXT-X-TARGETDURATION:6\n"
            "#EXT-X-MEDIA-SEQUENCE:0\n"
            "#EXT-X-PLAYLIST-TYPE:EVENT\n"
            "#EXT-X-MAP:URI=\"init.mp4\"\n"
            "#EXTINF:6.000000,\n"
            "0-2.m4s\n");
}

TEST(MediaPlaylist, AddressesIFramesAsByteRanges) {
  EXPECT_EQ(render({.type = PlaylistType::kVod,
                    .content = PlaylistContent::kIFramesOnly,
                    .ended = true,
                    .timescale = 30,
                    .target_duration_s = 2,
                    .map_uri = "init.mp4",
                    .segments = {{.uri = "track.mp4",
                                  .start = 0,
                                  .duration = 60,
                                  .range = ByteRange{.offset = 1200, .size = 4096}}}}),
            "#EXTM3U\n"
            "#EXT-X-VERSION:5\n"
            "#EXT-X-TARGETDURATION:2\n"
            "#EXT-X-MEDIA-SEQUENCE:0\n"
            "#EXT-X-PLAYLIST-TYPE:VOD\n"
            "#EXT-X-I-FRAMES-ONLY\n"
            "#EXT-X-MAP:URI=\"init.mp4\"\n"
            "#EXTINF:2.000000,\n"
            "#EXT-X-BYTERANGE:4096@1200\n"
            "track.mp4\n"
            "#EXT-X-ENDLIST\n");
}

TEST(MediaPlaylist, NeedsNoMapAndALowVersionForTransportStreams) {
  const std::string text = render({.type = PlaylistType::kLive,
                                   .timescale = 90'000,
                                   .target_duration_s = 4,
                                   .media_sequence = 17,
                                   .segments = {{.uri = "a.ts", .start = 0, .duration = 360'000}}});
  EXPECT_EQ(text,
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:17\n"
            "#EXTINF:4.000000,\na.ts\n");
}

TEST(MediaPlaylist, SumsToTheTrueLengthWhateverTheTimescale) {  // PL-12
  MediaPlaylist playlist{.timescale = 30'000, .target_duration_s = 2};
  const uint64_t length = 60 * 1001;
  for (uint64_t i = 0; i < 5000; ++i) {
    playlist.segments.push_back({.uri = "x", .start = i * length, .duration = length});
  }
  const std::string text = render(playlist);
  uint64_t sum_us = 0;
  for (size_t at = text.find("#EXTINF:"); at != std::string::npos;
       at = text.find("#EXTINF:", at + 1)) {
    sum_us +=
        std::stoull(text.substr(at + 8, 1)) * 1'000'000 + std::stoull(text.substr(at + 10, 6));
  }
  EXPECT_EQ(sum_us, 5000 * length * 1'000'000 / 30'000);
}

TEST(MediaPlaylist, KeepsTimesExactAfterYears) {
  const uint64_t decade = uint64_t{48'000} * 86'400 * 3'650;
  const std::string text =
      render({.timescale = 48'000,
              .target_duration_s = 1,
              .segments = {{.uri = "x", .start = decade, .duration = 48'000}}});
  EXPECT_NE(text.find("#EXTINF:1.000000,"), std::string::npos);
}

TEST(LeastTargetDuration, RoundsHalvesUpAndIsNeverZero) {  // PL-10
  EXPECT_EQ(least_target_duration_s(64, 10), 6u);
  EXPECT_EQ(least_target_duration_s(65, 10), 7u);
  EXPECT_EQ(least_target_duration_s(1, 10), 1u);
  EXPECT_EQ(least_target_duration_s(0, 10), 1u);
  EXPECT_EQ(least_target_duration_s(7, 3), 2u);
  EXPECT_EQ(least_target_duration_s(8, 3), 3u);
}

}  // namespace
}  // namespace millrace::media::hls
