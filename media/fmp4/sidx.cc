#include "media/fmp4/sidx.h"

#include <algorithm>

#include "core/assert.h"
#include "media/fmp4/box_reader.h"
#include "media/fmp4/box_writer.h"
#include "media/fmp4/init_segment.h"

namespace millrace::media::fmp4 {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr uint32_t kReferenceToIndex = 0x8000'0000;
constexpr uint32_t kStartsWithKey = 0x9000'0000;  // starts_with_SAP 1, SAP_type 1

}  // namespace

// sidx v1: reference_ID u32 | timescale u32 | earliest_presentation_time u64 | first_offset u64 |
//   u16 0 | count u16 | { type 1, size 31 | duration u32 | starts_with_SAP 1, type 3, delta 28 }
void append_sidx(std::vector<std::byte>& out, const Sidx& sidx) {
  MR_ASSERT(sidx.references.size() <= kSidxReferencesMax);
  BoxWriter w(out);
  const auto box = w.full_box(four_cc("sidx"), /*version=*/1, 0);
  w.u32(kTrackId);
  w.u32(sidx.timescale);
  w.u64(sidx.earliest_time);
  w.u64(sidx.first_offset);
  w.u16(0);
  w.u16(static_cast<uint16_t>(sidx.references.size()));
  for (const SidxReference& reference : sidx.references) {
    MR_ASSERT(reference.size < kReferenceToIndex);
    w.u32(reference.size);
    w.u32(reference.duration);
    w.u32(reference.key ? kStartsWithKey : 0);
  }
}

Result<Sidx> parse_sidx(std::span<const std::byte> payload) {
  ByteReader r(payload);
  const auto [version, flags] = read_full_box_header(r);
  Sidx sidx;
  r.skip(4);
  sidx.timescale = r.u32();
  sidx.earliest_time = version == 0 ? r.u32() : r.u64();
  sidx.first_offset = version == 0 ? r.u32() : r.u64();
  r.skip(2);
  const size_t count = r.u16();
  if (!r.ok() || version > 1 || r.rest().size() != 12 * count) {
    return fail(ErrorCode::kMalformed, "sidx has the wrong length or version");
  }
  if (sidx.timescale == 0) return fail(ErrorCode::kMalformed, "sidx with timescale 0");
  sidx.references.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    const uint32_t size = r.u32();
    const uint32_t duration = r.u32();
    const bool key = r.u32() & 0x8000'0000;
    if (size & kReferenceToIndex) {
      return fail(ErrorCode::kUnsupported, "sidx that refers to another sidx");
    }
    sidx.references.push_back({.size = size, .duration = duration, .key = key});
  }
  return sidx;
}

std::vector<SidxReference> merge_references(std::span<const SidxReference> references,
                                            size_t references_max) {
  if (references.empty() || references_max == 0) return {};
  const size_t stride = (references.size() + references_max - 1) / references_max;
  std::vector<SidxReference> merged;
  for (size_t begin = 0; begin < references.size(); begin += stride) {
    uint64_t size = 0;
    uint64_t duration = 0;
    for (const auto& each :
         references.subspan(begin, std::min(stride, references.size() - begin))) {
      size += each.size;
      duration += each.duration;
    }
    if (size >= kReferenceToIndex || duration > UINT32_MAX) return {};
    merged.push_back({.size = static_cast<uint32_t>(size),
                      .duration = static_cast<uint32_t>(duration),
                      .key = references[begin].key});
  }
  return merged;
}

}  // namespace millrace::media::fmp4
