#include "media/vod/formats.h"

#include <gtest/gtest.h>

#include "media/vod/storyboard.h"
#include "tests/media/vod/presentations.h"

namespace millrace::media::vod {
namespace {

TEST(Formats, AreMuxedFirstThenAloneFromTheBestDown) {
  std::vector<std::string> lines;
  for (const Format& format : formats_of(test::full_presentation())) {
    lines.push_back(fmt::format("{} {} {}", format.itag, format.quality, format.codecs));
  }
  EXPECT_EQ(
      lines,
      (std::vector<std::string>{
          "22 720p avc1.64000d,mp4a.40.2", "18 360p avc1.64000d,mp4a.40.2", "136 720p avc1.64000d",
          "247 720p-vp9 vp09.00.31.08", "398 720p-av1 av01.0.05M.08", "134 360p avc1.64000d",
          "140 audio-128k mp4a.40.2", "251 audio-128k-opus opus", "139 audio-64k mp4a.40.2"}));
}

TEST(Formats, SayWhatAMuxedOneIsMadeOf) {
  const auto presentation = test::full_presentation();
  const Format muxed = formats_of(presentation)[0];
  EXPECT_EQ(muxed.kind, FormatKind::kMuxed);
  EXPECT_EQ(presentation.renditions[*muxed.video].quality, "720p");
  EXPECT_EQ(presentation.renditions[*muxed.audio].quality, "audio-128k");
  EXPECT_EQ(muxed.media_size, presentation.renditions[0].index.media_size() +
                                  presentation.renditions[4].index.media_size());
  EXPECT_EQ(muxed.width, 1280u);
  EXPECT_EQ(muxed.frame_rate_num, 30u);
  EXPECT_EQ(muxed.frame_rate_den, 1u);
  EXPECT_TRUE(muxed.finished);
}

TEST(Formats, LeaveOutMuxedOnesWithoutSound) {
  const auto formats = formats_of({.id = "a", .renditions = {{"720p", test::video_index(2)}}});
  ASSERT_EQ(formats.size(), 1u);
  EXPECT_EQ(formats[0].itag, 136u);
}

TEST(Formats, GiveANumberOnce) {
  const auto formats = formats_of(
      {.id = "a",
       .renditions = {{"audio-160k", test::audio_index(2)}, {"audio-128k", test::audio_index(2)}}});
  ASSERT_EQ(formats.size(), 2u);
  EXPECT_EQ(formats[0].itag, 140u);
  EXPECT_EQ(formats[1].itag, 0u);
}

TEST(Itag, FollowsTheTable) {
  const auto itag = [](std::string quality, fmp4::Codec codec) {
    return itag_of(
        {std::move(quality), test::looking_like({codec, 16, 16, "00000000000000"}, 1, 9)});
  };
  using fmp4::Codec;
  EXPECT_EQ(itag("1080p", Codec::kH264), 137u);
  EXPECT_EQ(itag("240p", Codec::kH264), 133u);
  EXPECT_EQ(itag("1080p-vp9", Codec::kVp9), 248u);
  EXPECT_EQ(itag("240p-vp9", Codec::kVp9), 242u);
  EXPECT_EQ(itag("1080p-av1", Codec::kAv1), 399u);
  EXPECT_EQ(itag("2160p", Codec::kH264), 0u);
  EXPECT_EQ(itag("odd", Codec::kH264), 0u);
  EXPECT_EQ(itag("audio-256k", Codec::kAac), 141u);
  EXPECT_EQ(itag("audio-48k-opus", Codec::kOpus), 249u);
  EXPECT_EQ(itag("audio-70k-opus", Codec::kOpus), 250u);
}

TEST(Storyboard, MapsTimesToTiles) {
  EXPECT_EQ(render({.image_uri = "storyboard.jpg",
                    .columns = 2,
                    .tile_width = 160,
                    .tile_height = 90,
                    .tile_count = 3,
                    .interval_ms = 5000,
                    .duration_ms = 12'345}),
            "WEBVTT\n"
            "\n00:00:00.000 --> 00:00:05.000\nstoryboard.jpg#xywh=0,0,160,90\n"
            "\n00:00:05.000 --> 00:00:10.000\nstoryboard.jpg#xywh=160,0,160,90\n"
            "\n00:00:10.000 --> 00:00:12.345\nstoryboard.jpg#xywh=0,90,160,90\n");
}

TEST(Storyboard, LetsTheLastTileStandForTheRest) {
  const std::string text = render({.image_uri = "s.jpg",
                                   .columns = 1,
                                   .tile_width = 1,
                                   .tile_height = 1,
                                   .tile_count = 1,
                                   .interval_ms = 1000,
                                   .duration_ms = 3'661'000});
  EXPECT_EQ(text, "WEBVTT\n\n00:00:00.000 --> 01:01:01.000\ns.jpg#xywh=0,0,1,1\n");
}

TEST(Storyboard, EndsWithTheVideo) {
  EXPECT_EQ(render({.image_uri = "s.jpg", .tile_count = 5, .interval_ms = 0, .duration_ms = 10}),
            "WEBVTT\n");
}

}  // namespace
}  // namespace millrace::media::vod
