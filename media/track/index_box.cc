#include "media/track/index_box.h"

#include <algorithm>

#include "media/fmp4/box_reader.h"
#include "media/fmp4/box_writer.h"

namespace millrace::media::track {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using fmp4::BoxWriter;
using fmp4::ByteReader;
using fmp4::four_cc;

constexpr uint32_t kKey = 0x8000'0000;

// uuid: usertype 16 | version u8 = 0, flags u24 | first_decode_time u64 | entries_offset u64 |
//       count u32 | { size u32 | duration u32 | key 1, head_size 31 | first_sample_size u32 }
void append_fixed_part(BoxWriter& w, const TrackIndex& index, uint64_t entries_offset,
                       uint32_t count) {
  w.bytes(std::as_bytes(std::span(kIndexUuid)));
  w.u32(0);
  w.u64(index.start_time());
  w.u64(entries_offset);
  w.u32(count);
}

Result<> read_entries(ByteReader& r, size_t count, IndexBox& box) {
  uint64_t offset = 0;
  uint64_t time = 0;
  box.entries.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    TrackEntry entry{.offset = offset, .decode_time = time};
    entry.size = r.u32();
    entry.duration = r.u32();
    const uint32_t key_and_head_size = r.u32();
    entry.key = key_and_head_size & kKey;
    entry.head_size = key_and_head_size & ~kKey;
    entry.first_sample_size = r.u32();
    if (entry.duration == 0 || entry.first_sample_size == 0 || entry.head_size == 0 ||
        uint64_t{entry.head_size} + entry.first_sample_size > entry.size) {
      return fail(ErrorCode::kMalformed, "index entry that no fragment could have");
    }
    offset += entry.size;
    time += entry.duration;
    box.entries.push_back(entry);
  }
  return {};
}

}  // namespace

void append_index_box(std::vector<std::byte>& out, const TrackIndex& index) {
  BoxWriter w(out);
  const auto box = w.box(four_cc("uuid"));
  append_fixed_part(w, index, /*entries_offset=*/0, static_cast<uint32_t>(index.size()));
  for (size_t i = 0; i < index.size(); ++i) {
    const TrackEntry& entry = index[i];
    w.u32(entry.size);
    w.u32(entry.duration);
    w.u32(entry.head_size | (entry.key ? kKey : 0));
    w.u32(entry.first_sample_size);
  }
}

void append_index_reference(std::vector<std::byte>& out, const TrackIndex& index,
                            uint64_t entries_offset) {
  BoxWriter w(out);
  const auto box = w.box(four_cc("uuid"));
  append_fixed_part(w, index, entries_offset, 0);
}

Result<IndexBox> parse_index_box(std::span<const std::byte> payload) {
  ByteReader r(payload);
  const auto uuid = r.take(kIndexUuid.size());
  if (!std::ranges::equal(uuid, std::as_bytes(std::span(kIndexUuid)))) {
    return fail(ErrorCode::kMalformed, "uuid box that is not our index");
  }
  const uint32_t version_and_flags = r.u32();
  IndexBox box;
  box.first_decode_time = r.u64();
  box.entries_offset = r.u64();
  const size_t count = r.u32();
  if (!r.ok() || version_and_flags != 0 || count > kFragmentsMax || r.rest().size() != 16 * count ||
      (box.entries_offset == 0) != (count > 0)) {
    return fail(ErrorCode::kMalformed, "index box has the wrong length or version");
  }
  if (box.first_decode_time > INT64_MAX / 2) {
    return fail(ErrorCode::kMalformed, "index box begins too late");
  }
  if (const auto read = read_entries(r, count, box); !read) return std::unexpected(read.error());
  return box;
}

}  // namespace millrace::media::track
