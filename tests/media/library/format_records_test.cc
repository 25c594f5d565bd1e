#include "media/library/format_records.h"

#include <gtest/gtest.h>

#include "tests/media/vod/presentations.h"

namespace millrace::media::library {
namespace {

using catalogue::FormatKind;
using catalogue::FormatRecord;
using catalogue::FormatState;
using catalogue::VideoRecord;
using catalogue::VideoState;
using namespace std::chrono_literals;

TEST(ApplyProbe, TellsWhatTheFileIsAndThatItIsWorkedOn) {
  VideoRecord video{.id = "v1", .title = "A film", .tags = {"a"}, .state = VideoState::kQueued};
  VideoRecord expected = video;
  expected.state = VideoState::kProcessing;
  expected.duration = 8'300ms;
  expected.source = {.container = "mov",
                     .video_codec = "hevc",
                     .audio_codec = "aac",
                     .width = 1920,
                     .height = 1080,
                     .frame_rate_num = 30'000,
                     .frame_rate_den = 1'001};
  apply_probe({.container = "mov",
               .duration_us = 8'300'000,
               .video_codec = "hevc",
               .width = 1920,
               .height = 1080,
               .frame_rate_num = 30'000,
               .frame_rate_den = 1'001,
               .audio_codec = "aac"},
              video);
  EXPECT_EQ(video, expected);
}

TEST(ApplyProbe, ForgetsWhatAnEarlierAttemptLeft) {
  VideoRecord video{.id = "v1",
                    .failure = catalogue::VideoFailure{"worker_crashed", "It crashed."},
                    .has_poster = true,
                    .storyboard = catalogue::Storyboard{.columns = 5}};
  apply_probe({.container = "mov"}, video);
  EXPECT_FALSE(video.failure);
  EXPECT_FALSE(video.has_poster) << "the picture went with the folder of that attempt";
  EXPECT_FALSE(video.storyboard);
}

TEST(ApplyImage, KeepsTheGeometryOfAStoryboard) {
  VideoRecord video;
  apply_image({.kind = worker::ImageKind::kStoryboard,
               .columns = 5,
               .rows = 4,
               .tile_width = 160,
               .tile_height = 90,
               .tile_count = 18,
               .interval_ms = 2'000,
               .jpeg = {}},
              video);
  EXPECT_FALSE(video.has_poster);
  EXPECT_EQ(video.storyboard, (catalogue::Storyboard{.columns = 5,
                                                     .rows = 4,
                                                     .tile_width = 160,
                                                     .tile_height = 90,
                                                     .tile_count = 18,
                                                     .interval = 2s}));
  apply_image({.kind = worker::ImageKind::kPoster, .jpeg = {}}, video);
  EXPECT_TRUE(video.has_poster);
}

TEST(DeclaredRates, AreThoseOfThePlan) {
  worker::JobSpec spec;
  spec.ladder.push_back(
      {.quality = "720p", .bitrate_bps = 2'500'000, .max_bitrate_bps = 3'750'000});
  spec.audio.push_back({.quality = "audio-128k", .bitrate_bps = 128'000});
  EXPECT_EQ(declared_rates(spec, "720p").average_bps, 2'500'000U);
  EXPECT_EQ(declared_rates(spec, "720p").peak_bps, 3'750'000U);
  EXPECT_EQ(declared_rates(spec, "audio-128k").average_bps, 128'000U);
  EXPECT_EQ(declared_rates(spec, "audio-128k").peak_bps, 128'000U);
  EXPECT_EQ(declared_rates(spec, "1080p").peak_bps, 0U);
}

std::vector<FinishedTrack> tracks_720p_and_aac() {
  std::vector<FinishedTrack> tracks;
  // As a worker reports them: in no order.
  for (vod::Rendition& rendition : test::full_presentation().renditions) {
    if (rendition.quality == "720p")
      tracks.push_back({std::move(rendition), 6'100'000});
    else if (rendition.quality == "audio-128k")
      tracks.insert(tracks.begin(), FinishedTrack{std::move(rendition), 330'000});
  }
  return tracks;
}

TEST(FinishedVideo, IsReadyWithARecordForEachFormatAndTheMuxedOnesOfThem) {
  VideoRecord video{.id = "v1",
                    .title = "A film",
                    .state = VideoState::kProcessing,
                    .failure = catalogue::VideoFailure{"worker_crashed", ""}};
  finished_video(tracks_720p_and_aac())(video);
  EXPECT_EQ(video.state, VideoState::kReady);
  EXPECT_FALSE(video.failure);
  // 10 fragments of 94 packets outlast 600 frames at 30 fps: 20.053 s.
  EXPECT_EQ(video.duration, 20'053'333us);

  ASSERT_EQ(video.formats.size(), 3U);
  const auto facts = [](const FormatRecord& format) {
    return fmt::format("{} {} {} {} {}x{} {}/{} {}", format.itag, format.quality,
                       to_string(format.kind), format.codecs, format.width, format.height,
                       format.frame_rate_num, format.frame_rate_den, format.size);
  };
  std::vector<std::string> all;
  for (const FormatRecord& format : video.formats) all.push_back(facts(format));
  // 600 frames of 10,000 bytes and 940 packets of 340, with their boxes.
  EXPECT_EQ(all[1], "136 720p video avc1.64000d 1280x720 30/1 6100000");
  EXPECT_EQ(all[2], "140 audio-128k audio mp4a.40.2 0x0 0/1 330000");
  EXPECT_TRUE(all[0].starts_with("22 720p muxed avc1.64000d,mp4a.40.2 1280x720 30/1 63")) << all[0];
  for (const FormatRecord& format : video.formats) {
    EXPECT_EQ(format.container, "mp4");
    EXPECT_EQ(format.state, FormatState::kReady);
    EXPECT_GE(format.peak_bitrate_bps, format.average_bitrate_bps);
    EXPECT_GT(format.average_bitrate_bps, 100'000U);
  }
}

}  // namespace
}  // namespace millrace::media::library
