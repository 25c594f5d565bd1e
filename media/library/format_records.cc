#include "media/library/format_records.h"

#include <algorithm>
#include <chrono>

#include "media/vod/formats.h"

namespace millrace::media::library {
namespace {

catalogue::FormatKind kind_of(vod::FormatKind kind) {
  switch (kind) {
    case vod::FormatKind::kVideo:
      return catalogue::FormatKind::kVideo;
    case vod::FormatKind::kAudio:
      return catalogue::FormatKind::kAudio;
    case vod::FormatKind::kMuxed:
      return catalogue::FormatKind::kMuxed;
  }
  return catalogue::FormatKind::kVideo;
}

catalogue::FormatRecord record_of(const vod::Format& format) {
  return {.quality = format.quality,
          .kind = kind_of(format.kind),
          .container = "mp4",
          .codecs = format.codecs,
          .width = format.width,
          .height = format.height,
          .frame_rate_num = format.frame_rate_num,
          .frame_rate_den = format.frame_rate_den,
          .average_bitrate_bps = format.average_bps,
          .peak_bitrate_bps = format.peak_bps,
          .size = format.media_size,
          .itag = format.itag,
          .state = catalogue::FormatState::kReady};
}

std::chrono::microseconds duration_of(const track::TrackIndex& index) {
  return std::chrono::round<std::chrono::microseconds>(
      std::chrono::duration<double>(index.duration_seconds()));
}

}  // namespace

void apply_probe(const worker::ProbeReport& probe, catalogue::VideoRecord& video) {
  video.state = catalogue::VideoState::kProcessing;
  video.failure.reset();
  // Pictures of an earlier attempt went with its tracks.
  video.has_poster = false;
  video.storyboard.reset();
  video.duration = std::chrono::microseconds(probe.duration_us);
  video.source = {.container = probe.container,
                  .video_codec = probe.video_codec,
                  .audio_codec = probe.audio_codec,
                  .width = probe.width,
                  .height = probe.height,
                  .frame_rate_num = probe.frame_rate_num,
                  .frame_rate_den = probe.frame_rate_den};
}

void apply_image(const worker::ImageReport& image, catalogue::VideoRecord& video) {
  if (image.kind == worker::ImageKind::kPoster) {
    video.has_poster = true;
    return;
  }
  video.storyboard =
      catalogue::Storyboard{.columns = image.columns,
                            .rows = image.rows,
                            .tile_width = image.tile_width,
                            .tile_height = image.tile_height,
                            .tile_count = image.tile_count,
                            .interval = std::chrono::milliseconds(image.interval_ms)};
}

DeclaredRates declared_rates(const worker::JobSpec& spec, std::string_view quality) {
  for (const worker::RungSpec& rung : spec.ladder) {
    if (rung.quality == quality) {
      return {.average_bps = rung.bitrate_bps, .peak_bps = rung.max_bitrate_bps};
    }
  }
  for (const worker::AudioSpec& audio : spec.audio) {
    if (audio.quality == quality) {
      return {.average_bps = audio.bitrate_bps, .peak_bps = audio.bitrate_bps};
    }
  }
  return {};
}

catalogue::VideoEdit finished_video(std::vector<FinishedTrack> tracks) {
  vod::Presentation presentation;
  std::vector<uint64_t> sizes;
  std::chrono::microseconds duration{0};
  for (FinishedTrack& track : tracks) {
    duration = std::max(duration, duration_of(track.rendition.index));
    presentation.renditions.push_back(std::move(track.rendition));
    sizes.push_back(track.size);
  }
  std::vector<catalogue::FormatRecord> records;
  for (const vod::Format& format : vod::formats_of(presentation)) {
    records.push_back(record_of(format));
    if (format.kind == vod::FormatKind::kMuxed) continue;
    const size_t which = format.video ? *format.video : *format.audio;
    records.back().size = sizes[which];
  }
  return [records = std::move(records), duration](catalogue::VideoRecord& video) {
    video.state = catalogue::VideoState::kReady;
    video.failure.reset();
    video.formats = records;
    video.duration = duration;
  };
}

}  // namespace millrace::media::library
