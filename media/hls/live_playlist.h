// The text of a low-latency Media Playlist (rfc8216bis, 4.4.3 to 4.4.5 and B.1) from plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "media/hls/date_range.h"

namespace millrace::media::hls {

/// What is said at the start of a stream and never changes (PL-11, LL-03). The rest follows from
/// these two.
struct LiveTimings {
  uint32_t target_duration_s = 4;  ///< EXT-X-TARGETDURATION
  uint32_t part_target_ms = 500;   ///< PART-TARGET

  uint64_t part_hold_back_ms() const noexcept { return uint64_t{3} * part_target_ms; }
  uint64_t hold_back_ms() const noexcept { return uint64_t{3000} * target_duration_s; }
  uint64_t skip_boundary_ms() const noexcept { return uint64_t{6000} * target_duration_s; }
  /// How far before the end of the list parts are still said (LL-10).
  uint64_t parts_listed_ms() const noexcept { return uint64_t{3000} * target_duration_s; }

  friend bool operator==(const LiveTimings&, const LiveTimings&) = default;
};

/// EXT-X-PART; it begins where the one before it ends.
struct LivePart {
  uint64_t duration = 0;  ///< In ticks.
  bool independent = false;
  bool gap = false;
};

struct LiveSegment {
  uint64_t msn = 0;
  uint64_t start = 0;       ///< In ticks since the stream began; the sum of what is before it.
  uint64_t duration = 0;    ///< In ticks; of one that is not complete, what its parts sum to.
  uint64_t map = 0;         ///< The number in the name of its init segment.
  uint64_t first_part = 0;  ///< The number in the name of its first part; the others count on.
  std::chrono::system_clock::time_point date;
  bool discontinuity = false;  ///< EXT-X-DISCONTINUITY stands before it.
  bool gap = false;
  std::vector<LivePart> parts;

  uint64_t end() const noexcept { return start + duration; }
};

/// EXT-X-RENDITION-REPORT.
struct RenditionReport {
  std::string uri;
  uint64_t last_msn = 0;
  uint64_t last_part = 0;
};

/// The names of all that it lists come from `folder` and numbers, so that a media sequence number
/// keeps its URI (PL-14) and a hint is the URI of the next part, whatever segment that is in
/// (LL-08): `{folder}{map}.mp4`, `{folder}{msn}.m4s`, `{folder}p{part}.m4s`.
struct LivePlaylist {
  LiveTimings timings;
  uint32_t timescale = 1;
  std::string folder;
  uint64_t discontinuity_sequence = 0;
  std::vector<const LiveSegment*> segments;  ///< Complete ones, in order, without holes.
  const LiveSegment* open = nullptr;         ///< The next, of which only parts exist.
  uint64_t media_sequence = 0;               ///< Of the first segment, also when there is none.
  uint64_t next_part = 0;                    ///< The number of the part that is hinted at.
  std::vector<RenditionReport> reports;      ///< Of the other renditions.
  std::vector<DateRange> date_ranges;        ///< Each with room for at least one date of the list.
  bool ended = false;
};

/// Lines ended by LF. EXT-X-VERSION is the least that the tags used need (PL-05).
std::string render(const LivePlaylist& playlist);

/// What a delta update leaves out (6.2.5.1).
struct SkippedPart {
  size_t segments = 0;
  /// Set by `_HLS_skip=v2` alone: the date ranges that the reader has, and those that are gone.
  struct DateRanges {
    std::vector<std::string> kept_ids;     ///< In the list, and not said again.
    std::vector<std::string> removed_ids;  ///< No longer in the list.
  };
  std::optional<DateRanges> date_ranges;
};

/// How many segments are wholly older than the skip boundary, which counts back from the end of the
/// last complete one (LL-11). 0: a delta would leave out nothing, and the full list is to be sent.
size_t skippable_segments(const LivePlaylist& playlist);

std::string render_delta(const LivePlaylist& playlist, const SkippedPart& skipped);

}  // namespace millrace::media::hls
