#include "media/track/track_builder.h"

#include <algorithm>

#include "core/assert.h"
#include "media/fmp4/box_writer.h"
#include "media/fmp4/init_segment.h"
#include "media/fmp4/sidx.h"
#include "media/track/index_box.h"

namespace millrace::media::track {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using fmp4::BoxWriter;
using fmp4::four_cc;

// A tenth more than expected: frame rates are rounded and containers lie about their duration a
// little. 28 bytes a fragment, 0.01 % of the smallest rendition.
constexpr size_t with_reserve(size_t fragments) { return fragments + fragments / 10 + 8; }

// Room to end with a free box of its own: 8 bytes are its header, and less cannot be filled.
constexpr size_t kFreeBoxSizeMin = 8;

void append_free(std::vector<std::byte>& out, size_t size) {
  MR_ASSERT(size >= kFreeBoxSizeMin);
  BoxWriter w(out);
  const auto box = w.box(four_cc("free"));
  w.zeros(size - 8);
}

std::vector<fmp4::SidxReference> references_of(const TrackIndex& index) {
  std::vector<fmp4::SidxReference> references;
  references.reserve(index.size());
  for (size_t i = 0; i < index.size(); ++i) {
    references.push_back(
        {.size = index[i].size, .duration = index[i].duration, .key = index[i].key});
  }
  return references;
}

// The references that fit into `room` bytes; none at all if not even one does.
std::vector<fmp4::SidxReference> references_within(const TrackIndex& index, size_t room) {
  if (room < fmp4::sidx_size(1)) return {};
  const size_t fitting = std::min((room - fmp4::sidx_size(0)) / 12, fmp4::kSidxReferencesMax);
  return fmp4::merge_references(references_of(index), fitting);
}

}  // namespace

Result<TrackBuilder> TrackBuilder::create(const fmp4::TrackFormat& format,
                                          size_t expected_fragments) {
  if (const auto checked = fmp4::check_format(format); !checked) {
    return std::unexpected(checked.error());
  }
  if (expected_fragments > kFragmentsMax) {
    return fail(ErrorCode::kInvalid, "track would have too many fragments");
  }
  TrackBuilder builder;
  builder.index_.format_ = std::make_shared<const fmp4::TrackFormat>(format);
  fmp4::append_init_segment(builder.head_, format);
  builder.index_.init_size_ = static_cast<uint32_t>(builder.head_.size());
  const size_t fragments = with_reserve(expected_fragments);
  append_free(builder.head_,
              fmp4::sidx_size(fragments) + index_box_size(fragments) + kFreeBoxSizeMin);
  return builder;
}

Result<TrackEntry> TrackBuilder::append(const fmp4::Fragment& fragment, uint32_t size) {
  MR_ASSERT(!index_.finished());
  if (index_.size() == kFragmentsMax) return fail(ErrorCode::kTooLarge, "track is too long");
  if (!index_.empty() && fragment.decode_time != index_.end_time()) {
    return fail(ErrorCode::kMalformed, "fragment does not continue the last one");
  }
  if (!fragment.key) return fail(ErrorCode::kMalformed, "fragment does not begin at a key frame");
  // sidx has 31 bits for a size, and a fragment is a few megabytes.
  if (size > INT32_MAX || fragment.samples.empty() ||
      uint64_t{fragment.head_size} + fragment.samples.front().size > size) {
    return fail(ErrorCode::kMalformed, "fragment is not of the size it claims");
  }
  const TrackEntry entry{
      .offset = index_.empty() ? head_.size() : index_.back().end_offset(),
      .decode_time = fragment.decode_time,
      .size = size,
      .head_size = fragment.head_size,
      .first_sample_size = fragment.samples.front().size,
      .duration = fragment.duration,
      .key = fragment.key,
  };
  index_.push_back(entry);
  return entry;
}

Result<FinalHead> TrackBuilder::finish() {
  if (index_.empty()) return fail(ErrorCode::kInvalid, "track without a fragment");
  FinalHead final{.head = {head_.begin(), head_.begin() + index_.init_size()},
                  .tail = {},
                  .tail_offset = index_.media_end()};
  const size_t room = head_.size() - index_.init_size() - kFreeBoxSizeMin;
  const bool fits = fmp4::sidx_size(1) + index_box_size(index_.size()) <= room;
  std::vector<std::byte> index_box;
  if (fits) {
    append_index_box(index_box, index_);
  } else {
    append_index_box(final.tail, index_);
    append_index_reference(index_box, index_, final.tail_offset);
  }
  fmp4::Sidx sidx{.timescale = index_.format().timescale,
                  .earliest_time = index_.start_time(),
                  .references = references_within(index_, room - index_box.size())};
  if (!sidx.references.empty()) {
    const size_t sidx_size = fmp4::sidx_size(sidx.references.size());
    sidx.first_offset = head_.size() - index_.init_size() - sidx_size;
    fmp4::append_sidx(final.head, sidx);
  }
  final.head.insert(final.head.end(), index_box.begin(), index_box.end());
  append_free(final.head, head_.size() - final.head.size());
  index_.state_ = TrackState::kFinished;
  return final;
}

}  // namespace millrace::media::track
