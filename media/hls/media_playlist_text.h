// A Media Playlist as it is read (rfc8216bis, 4.4.3 to 4.4.5), also a low-latency one.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "media/hls/attributes.h"
#include "media/hls/media_playlist.h"
#include "media/hls/playlist_error.h"

namespace millrace::media::hls {

using Date = std::chrono::system_clock::time_point;

/// EXT-X-MAP. It holds for the segments and parts that name it by its position in `maps`.
struct MapText {
  std::string uri;
  std::optional<ByteRange> range;
};

/// EXT-X-KEY; `method` is "NONE" where encryption ends.
struct KeyText {
  std::string method;
  std::string uri;
  std::string iv;  ///< "0x…", or empty.
  std::string key_format = "identity";
};

/// EXT-X-PART.
struct PartText {
  std::string uri;
  Seconds duration{};
  std::optional<ByteRange> range;
  bool independent = false;
  bool gap = false;
  uint32_t line = 0;
};

struct SegmentText {
  std::string uri;
  std::string title;
  Seconds duration{};
  std::optional<ByteRange> range;  ///< Its offset is resolved.
  uint64_t media_sequence = 0;
  uint64_t discontinuity_sequence = 0;
  bool discontinuity = false;  ///< The tag stands before this one.
  bool gap = false;
  std::optional<Date> date;  ///< EXT-X-PROGRAM-DATE-TIME
  std::optional<uint64_t> bitrate_kbps;
  std::optional<size_t> map;
  std::optional<size_t> key;  ///< Position in `keys` of the last one; others may hold as well.
  std::vector<PartText> parts;
  uint32_t line = 0;  ///< Of its URI.
};

/// EXT-X-SERVER-CONTROL.
struct ServerControlText {
  std::optional<Seconds> can_skip_until;
  bool can_skip_date_ranges = false;
  std::optional<Seconds> hold_back;
  std::optional<Seconds> part_hold_back;
  bool can_block_reload = false;
};

/// EXT-X-SKIP: what a delta update leaves out.
struct SkipText {
  uint64_t segment_count = 0;
  std::vector<std::string> removed_date_ranges;  ///< Their IDs.
};

/// EXT-X-PRELOAD-HINT.
struct PreloadHintText {
  enum class Kind : uint8_t { kPart, kMap };
  Kind kind = Kind::kPart;
  std::string uri;
  uint64_t offset = 0;
  std::optional<uint64_t> size;
};

/// EXT-X-RENDITION-REPORT.
struct RenditionReportText {
  std::string uri;
  std::optional<uint64_t> last_msn;
  std::optional<uint64_t> last_part;
};

/// EXT-X-DATERANGE; `all` has what is not named here too, as X- attributes.
struct DateRangeText {
  std::string id;
  std::optional<Date> start;
  std::optional<Date> end;
  std::optional<Seconds> duration;
  std::optional<Seconds> planned_duration;
  bool ends_on_next = false;
  Attributes all;
};

/// EXT-X-START.
struct StartText {
  Seconds offset{};
  bool precise = false;
};

/// A tag that is not known here.
struct UnknownTag {
  uint32_t line = 0;
  std::string name;
  std::string text;
};

struct MediaPlaylistText {
  uint64_t version = 1;
  PlaylistType type = PlaylistType::kLive;  ///< kLive: it says nothing of its type.
  PlaylistContent content = PlaylistContent::kSegments;
  bool ended = false;
  bool independent_segments = false;
  uint32_t target_duration_s = 0;
  uint64_t media_sequence = 0;
  uint64_t discontinuity_sequence = 0;
  std::optional<Seconds> part_target;
  std::optional<ServerControlText> server_control;
  std::optional<SkipText> skip;
  std::optional<StartText> start;
  std::vector<MapText> maps;
  std::vector<KeyText> keys;
  std::vector<SegmentText> segments;
  SegmentText next;  ///< What is said of the segment that is not listed yet: its parts, its date.
  std::vector<PreloadHintText> preload_hints;
  std::vector<RenditionReportText> rendition_reports;
  std::vector<DateRangeText> date_ranges;
  std::vector<UnknownTag> unknown;  ///< Among them EXT-X-DEFINE: variables stay as they are.
};

/// Strict in form: what a client must or should refuse is an error, with its line. What a tag means
/// beyond that (LL-01, PL-10 …) is not checked: that is for whoever lints. Unknown tags and
/// attributes are ignored and kept.
PlaylistResult<MediaPlaylistText> parse_media_playlist(std::string_view text,
                                                       const ReadLimits& limits = {});

}  // namespace millrace::media::hls
