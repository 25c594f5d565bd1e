// Cuts a track into segments of any length asked for. Nothing is cut on disk: a segment is a run of
// fragments, a byte range of the track.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/result.h"
#include "media/vod/presentation.h"

namespace millrace::media::vod {

inline constexpr uint32_t kSegmentSecondsDefault = 6;
inline constexpr uint32_t kSegmentSecondsMax = 60;

/// Fragments [first, last] of a track, and when they play, in its ticks.
struct Segment {
  size_t first = 0;
  size_t last = 0;
  uint64_t start = 0;
  uint64_t duration = 0;

  friend bool operator==(const Segment&, const Segment&) = default;
};

struct ByteSpan {
  uint64_t offset = 0;
  uint64_t size = 0;

  friend bool operator==(const ByteSpan&, const ByteSpan&) = default;
};

/// The length that a request asks for, 1..kSegmentSecondsMax; kInvalid otherwise.
core::Result<uint32_t> check_segment_seconds(uint64_t seconds);

/// Segments as long as `segment_s` allows: below it plus half a second, so that they round to it. A
/// segment is listed once nothing that may still be encoded could join it, and never changes: the
/// list of a growing track is a prefix of the list of the finished one.
std::vector<Segment> cut_segments(const track::TrackIndex& index, uint32_t segment_s);

/// EXT-X-TARGETDURATION for all playlists of the presentation at that length: the same from the
/// first fragment to the last (PL-11, PL-24).
uint32_t target_duration_s(const Presentation& presentation, uint32_t segment_s);

/// The bytes of fragments [first, last]. kNotFound: they do not exist (yet); kInvalid: last <
/// first.
core::Result<ByteSpan> segment_bytes(const track::TrackIndex& index, uint64_t first, uint64_t last);

}  // namespace millrace::media::vod
