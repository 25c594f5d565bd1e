#include "media/hls/media_playlist.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "core/assert.h"
#include "media/hls/attribute_list.h"
#include "media/hls/decimal_seconds.h"

namespace millrace::media::hls {
namespace {

int version_of(const MediaPlaylist& playlist) {
  const bool i_frames = playlist.content == PlaylistContent::kIFramesOnly;
  int version = 3;  // EXTINF with decimals
  const bool ranges = std::ranges::any_of(
      playlist.segments, [](const MediaSegment& s) { return s.range.has_value(); });
  if (ranges || i_frames) version = 4;
  if (!playlist.map_uri.empty()) version = i_frames ? 5 : 6;
  return version;
}

void append_header(std::string& out, const MediaPlaylist& playlist) {
  auto to = std::back_inserter(out);
  fmt::format_to(to, "#EXTM3U\n#EXT-X-VERSION:{}\n#EXT-X-TARGETDURATION:{}\n", version_of(playlist),
                 playlist.target_duration_s);
  fmt::format_to(to, "#EXT-X-MEDIA-SEQUENCE:{}\n", playlist.media_sequence);
  if (playlist.type == PlaylistType::kVod) out += "#EXT-X-PLAYLIST-TYPE:VOD\n";
  if (playlist.type == PlaylistType::kEvent) out += "#EXT-X-PLAYLIST-TYPE:EVENT\n";
  if (playlist.content == PlaylistContent::kIFramesOnly) out += "#EXT-X-I-FRAMES-ONLY\n";
  if (playlist.independent_segments) out += "#EXT-X-INDEPENDENT-SEGMENTS\n";
  if (!playlist.map_uri.empty()) AttributeList(out, "#EXT-X-MAP").quoted("URI", playlist.map_uri);
}

}  // namespace

std::string render(const MediaPlaylist& playlist) {
  MR_ASSERT(playlist.timescale > 0 && playlist.target_duration_s > 0);
  std::string out;
  out.reserve(256 + playlist.segments.size() * 48);
  append_header(out, playlist);
  auto to = std::back_inserter(out);
  for (const MediaSegment& segment : playlist.segments) {
    out += "#EXTINF:";
    append_seconds(out, {.start = segment.start, .duration = segment.duration}, playlist.timescale);
    out += ",\n";
    if (segment.range) {
      fmt::format_to(to, "#EXT-X-BYTERANGE:{}@{}\n", segment.range->size, segment.range->offset);
    }
    out += segment.uri;
    out += '\n';
  }
  if (playlist.ended) out += "#EXT-X-ENDLIST\n";
  return out;
}

uint32_t least_target_duration_s(uint64_t longest_duration, uint32_t timescale) {
  MR_ASSERT(timescale > 0);
  const uint64_t rounded =
      longest_duration / timescale + (longest_duration % timescale >= (timescale + 1) / 2 ? 1 : 0);
  return static_cast<uint32_t>(std::clamp<uint64_t>(rounded, 1, UINT32_MAX));
}

}  // namespace millrace::media::hls
