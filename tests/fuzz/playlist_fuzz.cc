// Whatever is read as a playlist keeps the promises of its type, and what the writer can say of it
// is read again as it was.
#include <cstdint>
#include <string_view>

#include "core/assert.h"
#include "media/hls/media_playlist_text.h"
#include "media/hls/multivariant_playlist_text.h"

namespace hls = millrace::media::hls;

namespace {

constexpr uint64_t kNano = 1'000'000'000;
constexpr uint64_t kTimeMax = uint64_t{1} << 62;

void check_segments(const hls::MediaPlaylistText& list) {
  uint64_t sequence = list.media_sequence + (list.skip ? list.skip->segment_count : 0);
  uint64_t discontinuity = list.discontinuity_sequence;
  for (const hls::SegmentText& segment : list.segments) {
    MR_ASSERT(segment.media_sequence == sequence++ && !segment.uri.empty());
    MR_ASSERT(segment.discontinuity_sequence >= discontinuity);
    discontinuity = segment.discontinuity_sequence;
    MR_ASSERT(segment.duration.count() >= 0);
    MR_ASSERT(!segment.map || *segment.map < list.maps.size());
    MR_ASSERT(!segment.key || *segment.key < list.keys.size());
    if (segment.range) MR_ASSERT(segment.range->size <= UINT64_MAX - segment.range->offset);
  }
  MR_ASSERT(list.next.media_sequence == sequence && list.next.uri.empty());
}

void write_and_read_again(const hls::MediaPlaylistText& list) {
  if (list.target_duration_s == 0) return;
  hls::MediaPlaylist written{.type = list.type,
                             .content = list.content,
                             .ended = list.ended,
                             .timescale = kNano,
                             .target_duration_s = list.target_duration_s,
                             .media_sequence = list.media_sequence,
                             .independent_segments = list.independent_segments,
                             .map_uri = {}};
  uint64_t start = 0;
  for (const hls::SegmentText& segment : list.segments) {
    const auto duration = static_cast<uint64_t>(segment.duration.count());
    if (duration > kTimeMax - start) return;
    written.segments.push_back(
        {.uri = segment.uri, .start = start, .duration = duration, .range = segment.range});
    start += duration;
  }
  const auto again = hls::parse_media_playlist(hls::render(written));
  MR_ASSERT(again && again->segments.size() == list.segments.size());
  MR_ASSERT(again->type == list.type && again->ended == list.ended);
  for (size_t i = 0; i < list.segments.size(); ++i) {
    const hls::SegmentText& before = list.segments[i];
    const hls::SegmentText& after = again->segments[i];
    MR_ASSERT(before.uri == after.uri && before.range.has_value() == after.range.has_value());
    const int64_t drift_ns = (before.duration - after.duration).count();
    MR_ASSERT(drift_ns <= 1000 && drift_ns >= -1000);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(hls::kind_of_playlist(text));
  if (const auto media = hls::parse_media_playlist(text)) {
    check_segments(*media);
    write_and_read_again(*media);
  } else {
    MR_ASSERT(!media.error().what.empty() && media.error().what.size() < 512);
  }
  if (const auto variants = hls::parse_multivariant_playlist(text)) {
    MR_ASSERT(!variants->variants.empty());
    for (const hls::VariantText& each : variants->variants) MR_ASSERT(!each.variant.uri.empty());
  }
  return 0;
}
