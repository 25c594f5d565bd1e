// The text of a Media Playlist (rfc8216bis, 4.4.3 and 4.4.4) from plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::media::hls {

inline constexpr std::string_view kPlaylistMimeType = "application/vnd.apple.mpegurl";

/// kVod never changes again; kEvent only grows; kLive slides.
enum class PlaylistType : uint8_t { kVod, kEvent, kLive };

enum class PlaylistContent : uint8_t { kSegments, kIFramesOnly };

struct ByteRange {
  uint64_t offset = 0;
  uint64_t size = 0;
};

struct MediaSegment {
  std::string uri;
  uint64_t start = 0;  ///< In ticks, as the duration: the sum of the EXTINFs is exact.
  uint64_t duration = 0;
  std::optional<ByteRange> range;
};

struct MediaPlaylist {
  PlaylistType type = PlaylistType::kVod;
  PlaylistContent content = PlaylistContent::kSegments;
  bool ended = false;              ///< EXT-X-ENDLIST
  uint32_t timescale = 1;          ///< Ticks per second.
  uint32_t target_duration_s = 0;  ///< At least what least_target_duration_s() says; never changes.
  uint64_t media_sequence = 0;
  bool independent_segments = false;
  std::string map_uri;  ///< Empty for MPEG-TS.
  std::vector<MediaSegment> segments;
};

/// The playlist, lines ended by LF. EXTINF has six decimals and rounds each boundary rather than
/// each duration, so any run of segments sums to its true length within a microsecond (PL-12).
/// EXT-X-VERSION is the least that the tags used need (PL-05).
std::string render(const MediaPlaylist& playlist);

/// The least legal EXT-X-TARGETDURATION for a longest segment: rounded, and at least 1 (PL-10).
uint32_t least_target_duration_s(uint64_t longest_duration, uint32_t timescale);

}  // namespace millrace::media::hls
