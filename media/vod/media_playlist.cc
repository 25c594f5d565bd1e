#include <fmt/format.h>

#include "media/hls/media_playlist.h"
#include "media/vod/playlists.h"
#include "media/vod/segmenting.h"

namespace millrace::media::vod {
namespace {

using core::ErrorCode;
using core::fail;

}  // namespace

core::Result<std::string> media_playlist(const Presentation& presentation,
                                         const MediaPlaylistRequest& request) {
  const Rendition* rendition = presentation.find(request.quality);
  if (rendition == nullptr) return fail(ErrorCode::kNotFound, "no such rendition");
  const std::vector<Segment> segments = cut_segments(rendition->index, request.segment_s);
  if (segments.empty()) return fail(ErrorCode::kConflict, "no segment is ready yet");

  const bool fmp4 = request.container == SegmentContainer::kFmp4;
  hls::MediaPlaylist playlist{
      .type = presentation.finished() ? hls::PlaylistType::kVod : hls::PlaylistType::kEvent,
      .ended = rendition->index.finished(),
      .timescale = rendition->index.format().timescale,
      .target_duration_s = target_duration_s(presentation, request.segment_s),
      .independent_segments = true,
      .map_uri = fmp4 ? rendition->quality + "/init.mp4" : std::string(),
  };
  playlist.segments.reserve(segments.size());
  for (const Segment& segment : segments) {
    playlist.segments.push_back(
        {.uri = fmt::format("{}/{}-{}.{}", rendition->quality, segment.first, segment.last,
                            fmp4 ? "m4s" : "ts"),
         .start = segment.start,
         .duration = segment.duration});
  }
  return hls::render(playlist);
}

core::Result<std::string> i_frame_playlist(const Presentation& presentation,
                                           std::string_view quality) {
  const Rendition* rendition = presentation.find(quality);
  if (rendition == nullptr || !rendition->is_video() || !rendition->index.finished()) {
    return fail(ErrorCode::kNotFound, "no such I-frame playlist");
  }
  const track::TrackIndex& index = rendition->index;
  hls::MediaPlaylist playlist{
      .type = presentation.finished() ? hls::PlaylistType::kVod : hls::PlaylistType::kEvent,
      .content = hls::PlaylistContent::kIFramesOnly,
      .ended = true,
      .timescale = index.format().timescale,
      .target_duration_s = target_duration_s(presentation, kSegmentSecondsDefault),
      .map_uri = "init.mp4",
  };
  playlist.segments.reserve(index.size());
  for (size_t i = 0; i < index.size(); ++i) {
    playlist.segments.push_back({.uri = "track.mp4",
                                 .start = index[i].decode_time,
                                 .duration = index[i].duration,
                                 .range = hls::ByteRange{.offset = index[i].offset,
                                                         .size = uint64_t{index[i].head_size} +
                                                                 index[i].first_sample_size}});
  }
  return hls::render(playlist);
}

}  // namespace millrace::media::vod
