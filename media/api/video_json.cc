#include "media/api/video_json.h"

#include <algorithm>
#include <chrono>

#include "core/rfc3339.h"

namespace millrace::media::api {
namespace {

double frame_rate(uint32_t num, uint32_t den) {
  return den == 0 ? 0 : static_cast<double>(num) / static_cast<double>(den);
}

void write_failure(core::JsonWriter& json, const catalogue::VideoRecord& video) {
  json.key("failure");
  if (!video.failure) {
    json.value(nullptr);
    return;
  }
  json.begin_object()
      .member("reason", video.failure->reason)
      .member("detail", video.failure->detail)
      .end_object();
}

void write_progress(core::JsonWriter& json, const library::Making* making) {
  json.key("progress");
  if (making == nullptr) {
    json.value(nullptr);
    return;
  }
  const worker::Progress& progress = making->progress;
  const bool estimated = progress.seconds_left >= 0;
  json.begin_object()
      .member("fraction", std::clamp(progress.fraction, 0.0, 1.0))
      .member("fps", progress.fps)
      .member("speed", progress.speed)
      .member("secondsLeft", estimated ? std::optional(progress.seconds_left) : std::nullopt)
      .end_object();
}

/// Nothing known is null, so that a program need not know that 0 means it.
template <class T>
std::optional<T> known(T value) {
  return value == T{} ? std::nullopt : std::optional<T>(std::move(value));
}

void write_source(core::JsonWriter& json, const catalogue::SourceFacts& source) {
  json.key("source");
  if (source.container.empty()) {
    json.value(nullptr);
    return;
  }
  json.begin_object()
      .member("container", source.container)
      .member("videoCodec", known(source.video_codec))
      .member("audioCodec", known(source.audio_codec))
      .member("width", known(source.width))
      .member("height", known(source.height))
      .member("frameRate", known(frame_rate(source.frame_rate_num, source.frame_rate_den)))
      .end_object();
}

std::string format_url(const catalogue::VideoRecord& video, const catalogue::FormatRecord& format) {
  if (format.itag != 0) {
    return fmt::format("/api/VideoStream/watch?v={}&itag={}", video.id, format.itag);
  }
  return fmt::format("/api/VideoStream/manifest/{}/{}/track.mp4", video.id, format.quality);
}

void write_format(core::JsonWriter& json, const catalogue::VideoRecord& video,
                  const catalogue::FormatRecord& format) {
  json.begin_object()
      .member("itag", known(format.itag))
      .member("quality", format.quality)
      .member("kind", to_string(format.kind))
      .member("container", format.container)
      .member("codecs", format.codecs)
      .member("width", known(format.width))
      .member("height", known(format.height))
      .member("frameRate", known(frame_rate(format.frame_rate_num, format.frame_rate_den)))
      .member("bitrateBps", known(format.peak_bitrate_bps))
      .member("averageBitrateBps", known(format.average_bitrate_bps))
      .member("sizeBytes", known(format.size))
      .member("state", to_string(format.state))
      .member("url", format_url(video, format))
      .end_object();
}

void write_url(core::JsonWriter& json, std::string_view name, const catalogue::VideoRecord& video,
               std::string_view rest, bool exists) {
  json.key(name);
  if (exists) {
    json.value(fmt::format("/api/VideoStream/manifest/{}{}", video.id, rest));
  } else {
    json.value(nullptr);
  }
}

}  // namespace

bool is_watchable(const catalogue::VideoRecord& video, const library::Making* making) {
  if (video.state == catalogue::VideoState::kReady) return true;
  return making != nullptr && making->rendition_count() != 0;
}

void write_video(core::JsonWriter& json, const catalogue::VideoRecord& video,
                 const library::Making* making) {
  json.begin_object().member("id", video.id).member("title", video.title).key("tags").begin_array();
  for (const std::string& tag : video.tags) json.value(tag);
  json.end_array().member("state", to_string(video.state));
  write_failure(json, video);
  write_progress(json, making);
  json.member("durationSeconds", known(std::chrono::duration<double>(video.duration).count()))
      .member("createdAt", core::format_rfc3339(video.created))
      .member("sizeBytes", video.size);
  write_source(json, video.source);
  const bool watchable = is_watchable(video, making);
  json.member("watchable", watchable);
  write_url(json, "manifestUrl", video, ".m3u8", watchable);
  write_url(json, "posterUrl", video, "/poster.jpg", video.has_poster);
  write_url(json, "storyboardUrl", video, "/storyboard.vtt", video.storyboard.has_value());
  json.key("formats").begin_array();
  for (const catalogue::FormatRecord& format : video.formats) write_format(json, video, format);
  json.end_array().end_object();
}

std::string video_json(const catalogue::VideoRecord& video, const library::Making* making) {
  std::string text;
  core::JsonWriter json(text);
  write_video(json, video, making);
  return text;
}

}  // namespace millrace::media::api
