// An index that a head yields covers the file from its first fragment to its end, without gaps, and
// everything computed from it stays inside.
#include <cstdint>
#include <span>

#include "core/assert.h"
#include "media/track/track_head.h"
#include "media/vod/playlists.h"
#include "media/vod/segmenting.h"

namespace {

using millrace::media::track::TrackHeadReader;
using millrace::media::track::TrackIndex;
namespace vod = millrace::media::vod;

void check(const TrackIndex& index) {
  uint64_t offset = index[0].offset;
  uint64_t time = index[0].decode_time;
  MR_ASSERT(offset >= index.init_size());
  for (size_t i = 0; i < index.size(); ++i) {
    MR_ASSERT(index[i].offset == offset && index[i].decode_time == time);
    MR_ASSERT(uint64_t{index[i].head_size} + index[i].first_sample_size <= index[i].size);
    MR_ASSERT(index.find(time) == i);
    offset = index[i].end_offset();
    time = index[i].end_time();
  }
  size_t next = 0;
  for (const vod::Segment& segment : vod::cut_segments(index, 6)) {
    MR_ASSERT(segment.first == next && segment.last >= segment.first);
    MR_ASSERT(vod::segment_bytes(index, segment.first, segment.last));
    next = segment.last + 1;
  }
  MR_ASSERT(next == index.size());
  const vod::Presentation presentation{.id = "a", .renditions = {{.quality = "q", .index = index}}};
  static_cast<void>(vod::multivariant_playlist(presentation, {}, 6));
  static_cast<void>(vod::media_playlist(presentation, {.quality = "q", .segment_s = 6}));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = std::as_bytes(std::span(data, size));
  auto reader = TrackHeadReader::open(file, file.size());
  if (!reader) return 0;
  if (reader->tail()) {
    const auto [offset, tail_size] = *reader->tail();
    MR_ASSERT(offset <= file.size() && tail_size <= file.size() - offset);
    if (!reader->take_tail(file.subspan(offset, tail_size))) return 0;
    MR_ASSERT(reader->index().media_end() == offset);
  } else {
    MR_ASSERT(reader->index().media_end() == file.size());
  }
  check(reader->index());
  return 0;
}
