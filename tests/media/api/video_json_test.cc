#include "media/api/video_json.h"

#include <gtest/gtest.h>

#include "tests/media/vod/presentations.h"

namespace millrace::media::api {
namespace {

using catalogue::FormatKind;
using catalogue::FormatState;
using catalogue::VideoRecord;
using catalogue::VideoState;
using namespace std::chrono_literals;

VideoRecord queued() {
  return {.id = "dQw4w9WgXcQ",
          .title = "Say \"cheese\"",
          .tags = {"family", "caf\xC3\xA9"},
          .state = VideoState::kQueued,
          .created = catalogue::Timestamp(1'700'000'000'123ms),
          .size = 12'345'678,
          .file_name = "cheese.mp4"};
}

/// A worker has made `fragments` of a 720p.
library::Making making(worker::Progress progress) {
  library::StoredRendition grown{
      .rendition = {.quality = "720p",
                    .index = test::video_index(1, 0, track::TrackState::kGrowing)},
      .file = nullptr};
  return {.progress = progress,
          .tracks = std::make_shared<const library::VideoTracks>("dQw4w9WgXcQ",
                                                                 std::vector{std::move(grown)})};
}

TEST(VideoJson, SaysNullOfWhatIsNotKnownYet) {
  EXPECT_EQ(video_json(queued(), nullptr),
            R"({"id":"dQw4w9WgXcQ","title":"Say \"cheese\"","tags":["family","café"],)"
            R"("state":"queued","failure":null,"progress":null,"durationSeconds":null,)"
            R"("createdAt":"2023-11-14T22:13:20.123Z","sizeBytes":12345678,"source":null,)"
            R"("watchable":false,"manifestUrl":null,"posterUrl":null,"storyboardUrl":null,)"
            R"("formats":[]})");
}

TEST(VideoJson, ShowsProgressAndThatAGrowingVideoCanBeWatched) {
  VideoRecord video = queued();
  video.state = VideoState::kProcessing;
  video.duration = 60s;
  video.source = {.container = "mov",
                  .video_codec = "h264",
                  .width = 1280,
                  .height = 720,
                  .frame_rate_num = 30,
                  .frame_rate_den = 1};
  const library::Making now =
      making({.fraction = 0.25, .fps = 120, .speed = 4, .seconds_left = 11.5});
  EXPECT_EQ(video_json(video, &now),
            R"({"id":"dQw4w9WgXcQ","title":"Say \"cheese\"","tags":["family","café"],)"
            R"("state":"processing","failure":null,)"
            R"("progress":{"fraction":0.25,"fps":120,"speed":4,"secondsLeft":11.5},)"
            R"("durationSeconds":60,"createdAt":"2023-11-14T22:13:20.123Z","sizeBytes":12345678,)"
            R"("source":{"container":"mov","videoCodec":"h264","audioCodec":null,"width":1280,)"
            R"("height":720,"frameRate":30},"watchable":true,)"
            R"("manifestUrl":"/api/VideoStream/manifest/dQw4w9WgXcQ.m3u8","posterUrl":null,)"
            R"("storyboardUrl":null,"formats":[]})");
}

TEST(VideoJson, ListsTheFormatsOfAReadyVideo) {
  VideoRecord video = queued();
  video.title = "Ready";
  video.tags = {};
  video.state = VideoState::kReady;
  video.duration = 8'300ms;
  video.has_poster = true;
  video.storyboard = catalogue::Storyboard{.columns = 5};
  video.formats = {{.quality = "720p",
                    .kind = FormatKind::kVideo,
                    .container = "mp4",
                    .codecs = "avc1.64001f",
                    .width = 1280,
                    .height = 720,
                    .frame_rate_num = 30'000,
                    .frame_rate_den = 1'000,
                    .average_bitrate_bps = 2'400'000,
                    .peak_bitrate_bps = 3'100'000,
                    .size = 2'500'000,
                    .itag = 136,
                    .state = FormatState::kReady},
                   {.quality = "audio-32k",
                    .kind = FormatKind::kAudio,
                    .container = "mp4",
                    .codecs = "mp4a.40.2",
                    .size = 33'000,
                    .state = FormatState::kReady}};
  EXPECT_EQ(
      video_json(video, nullptr),
      R"({"id":"dQw4w9WgXcQ","title":"Ready","tags":[],"state":"ready","failure":null,)"
      R"("progress":null,"durationSeconds":8.3,"createdAt":"2023-11-14T22:13:20.123Z",)"
      R"("sizeBytes":12345678,"source":null,"watchable":true,)"
      R"("manifestUrl":"/api/VideoStream/manifest/dQw4w9WgXcQ.m3u8",)"
      R"("posterUrl":"/api/VideoStream/manifest/dQw4w9WgXcQ/poster.jpg",)"
      R"("storyboardUrl":"/api/VideoStream/manifest/dQw4w9WgXcQ/storyboard.vtt","formats":[)"
      R"({"itag":136,"quality":"720p","kind":"video","container":"mp4","codecs":"avc1.64001f",)"
      R"("width":1280,"height":720,"frameRate":30,"bitrateBps":3100000,)"
      R"("averageBitrateBps":2400000,"sizeBytes":2500000,"state":"ready",)"
      R"("url":"/api/VideoStream/watch?v=dQw4w9WgXcQ&itag=136"},)"
      R"({"itag":null,"quality":"audio-32k","kind":"audio","container":"mp4",)"
      R"("codecs":"mp4a.40.2","width":null,"height":null,"frameRate":null,"bitrateBps":null,)"
      R"("averageBitrateBps":null,"sizeBytes":33000,"state":"ready",)"
      R"("url":"/api/VideoStream/manifest/dQw4w9WgXcQ/audio-32k/track.mp4"}]})");
}

TEST(VideoJson, TellsWhyAVideoFailed) {
  VideoRecord video = queued();
  video.title = "Broken";
  video.tags = {};
  video.state = VideoState::kFailed;
  video.failure = catalogue::VideoFailure{"truncated", "The file is incomplete."};
  EXPECT_EQ(video_json(video, nullptr),
            R"({"id":"dQw4w9WgXcQ","title":"Broken","tags":[],"state":"failed",)"
            R"("failure":{"reason":"truncated","detail":"The file is incomplete."},)"
            R"("progress":null,"durationSeconds":null,"createdAt":"2023-11-14T22:13:20.123Z",)"
            R"("sizeBytes":12345678,"source":null,"watchable":false,"manifestUrl":null,)"
            R"("posterUrl":null,"storyboardUrl":null,"formats":[]})");
}

TEST(VideoJson, BoundsTheFractionAndHidesAnUnknownEnd) {
  const library::Making now{.progress = {.fraction = 1.5, .seconds_left = -1}, .tracks = nullptr};
  const std::string json = video_json(queued(), &now);
  EXPECT_NE(json.find(R"("progress":{"fraction":1,"fps":0,"speed":0,"secondsLeft":null})"),
            std::string::npos)
      << json;
  EXPECT_FALSE(is_watchable(queued(), &now)) << "progress alone is nothing to watch";
}

}  // namespace
}  // namespace millrace::media::api
