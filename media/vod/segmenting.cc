#include "media/vod/segmenting.h"

#include "media/hls/media_playlist.h"

namespace millrace::media::vod {
namespace {

using core::ErrorCode;
using core::fail;

}  // namespace

core::Result<uint32_t> check_segment_seconds(uint64_t seconds) {
  if (seconds < 1 || seconds > kSegmentSecondsMax) {
    return fail(ErrorCode::kInvalid, "segment must be 1 to 60 seconds");
  }
  return static_cast<uint32_t>(seconds);
}

std::vector<Segment> cut_segments(const track::TrackIndex& index, uint32_t segment_s) {
  if (index.empty()) return {};
  const uint64_t timescale = index.format().timescale;
  // From here on a duration would round to more than segment_s.
  const uint64_t too_long = segment_s * timescale + (timescale + 1) / 2;
  // Fragments are as long as the first, but for the last of a track. One that may be shorter must
  // not join a segment that could be listed before it existed.
  const uint64_t usual = index[0].duration;

  std::vector<Segment> segments;
  bool open = false;
  for (size_t i = 0; i < index.size(); ++i) {
    const uint64_t duration = index[i].duration;
    if (open && segments.back().duration + duration >= too_long) open = false;
    if (!open) {
      segments.push_back({.first = i, .last = i, .start = index[i].decode_time, .duration = 0});
    }
    segments.back().last = i;
    segments.back().duration += duration;
    open = segments.back().duration + usual < too_long;
  }
  if (open && !index.finished()) segments.pop_back();
  return segments;
}

uint32_t target_duration_s(const Presentation& presentation, uint32_t segment_s) {
  uint32_t target_s =
      std::max(segment_s, hls::least_target_duration_s(presentation.fragment_ms_max, 1000));
  for (const Rendition& rendition : presentation.renditions) {
    const track::TrackIndex& index = rendition.index;
    if (index.empty()) continue;
    target_s = std::max(
        target_s, hls::least_target_duration_s(index.longest_duration(), index.format().timescale));
  }
  return target_s;
}

core::Result<ByteSpan> segment_bytes(const track::TrackIndex& index, uint64_t first,
                                     uint64_t last) {
  if (last < first) return fail(ErrorCode::kInvalid, "segment ends before it begins");
  if (last >= index.size()) return fail(ErrorCode::kNotFound, "no such segment");
  const uint64_t offset = index[first].offset;
  return ByteSpan{.offset = offset, .size = index[last].end_offset() - offset};
}

}  // namespace millrace::media::vod
