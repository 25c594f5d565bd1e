#include "media/track/track_head.h"

#include <algorithm>

#include "media/fmp4/box_reader.h"
#include "media/fmp4/box_writer.h"
#include "media/fmp4/init_segment.h"
#include "media/fmp4/sidx.h"
#include "media/track/index_box.h"

namespace millrace::media::track {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using fmp4::BoxView;
using fmp4::ByteReader;
using fmp4::four_cc;
using fmp4::take_box;

// The sidx must tell other players the same story as the index tells us.
Result<> check_sidx(const fmp4::Sidx& sidx, const TrackIndex& index) {
  size_t at = 0;
  if (sidx.timescale != index.format().timescale || sidx.earliest_time != index.start_time()) {
    return fail(ErrorCode::kMalformed, "sidx and index differ in time");
  }
  for (const fmp4::SidxReference& reference : sidx.references) {
    uint64_t size = 0;
    uint64_t duration = 0;
    while (at < index.size() && size < reference.size) {
      size += index[at].size;
      duration += index[at].duration;
      ++at;
    }
    if (size != reference.size || duration != reference.duration) {
      return fail(ErrorCode::kMalformed, "sidx and index differ");
    }
  }
  if (at != index.size()) return fail(ErrorCode::kMalformed, "sidx ends before the index");
  return {};
}

// ftyp, moov, sidx, uuid, free: each once, and room for what a later version adds. Whoever reads
// the head makes at most one read for each.
constexpr int kHeadBoxesMax = 8;

bool is_head_box(uint32_t type) {
  return type == four_cc("ftyp") || type == four_cc("moov") || type == four_cc("sidx") ||
         type == four_cc("uuid") || type == four_cc("free");
}

}  // namespace

Result<size_t> track_head_size(std::span<const std::byte> prefix, uint64_t file_size) {
  uint64_t at = 0;
  for (int boxes = 0; boxes <= kHeadBoxesMax; ++boxes) {
    if (at > kHeadSizeMax) return fail(ErrorCode::kTooLarge, "head of the track is too large");
    if (at + 8 > file_size) {
      // A track that has just begun is all head.
      if (at == file_size && at > 0) return static_cast<size_t>(at);
      return fail(ErrorCode::kMalformed, "track ends within its head");
    }
    if (at + 8 > prefix.size()) return static_cast<size_t>(at + 8);
    ByteReader r(prefix.subspan(static_cast<size_t>(at), 8));
    const uint32_t size = r.u32();
    const uint32_t type = r.u32();
    if (at == 0 && type != four_cc("ftyp")) return fail(ErrorCode::kMalformed, "not a track file");
    if (!is_head_box(type)) return static_cast<size_t>(at);
    if (size < 8) return fail(ErrorCode::kMalformed, "head of the track has an impossible box");
    at += size;
  }
  return fail(ErrorCode::kMalformed, "head of the track has too many boxes");
}

struct TrackHeadReader::HeadBoxes {
  size_t init_size = 0;
  size_t size = 0;
  std::optional<BoxView> sidx, index;
  size_t sidx_end = 0;

  static Result<HeadBoxes> find(std::span<const std::byte> head) {
    HeadBoxes found;
    ByteReader r(head);
    while (!r.empty()) {
      const auto box = take_box(r);
      if (!box) return std::unexpected(box.error());
      found.size += box->size();
      if (box->type == four_cc("moov")) found.init_size = found.size;
      if (box->type == four_cc("uuid") && !found.index) found.index = *box;
      if (box->type != four_cc("sidx") || found.sidx) continue;
      found.sidx = *box;
      found.sidx_end = found.size;
    }
    return found;
  }
};

Result<TrackHeadReader> TrackHeadReader::open(std::span<const std::byte> head, uint64_t file_size) {
  const auto size = track_head_size(head, file_size);
  if (!size) return std::unexpected(size.error());
  if (*size > head.size()) return fail(ErrorCode::kMalformed, "head of the track is cut off");
  const auto boxes = HeadBoxes::find(head.first(*size));
  if (!boxes) return std::unexpected(boxes.error());

  const auto format = fmp4::parse_init_segment(head.first(boxes->init_size));
  if (!format) return std::unexpected(format.error());
  if (!boxes->index) return fail(ErrorCode::kUnsupported, "track was never finished");

  TrackHeadReader reader;
  reader.index_.format_ = std::make_shared<const fmp4::TrackFormat>(*format);
  reader.index_.init_size_ = static_cast<uint32_t>(boxes->init_size);
  reader.index_.state_ = TrackState::kFinished;
  reader.media_offset_ = boxes->size;

  if (boxes->sidx) {  // Left out only where not even one reference fitted.
    const auto sidx = fmp4::parse_sidx(boxes->sidx->payload);
    if (!sidx) return std::unexpected(sidx.error());
    if (sidx->first_offset != boxes->size - boxes->sidx_end) {
      return fail(ErrorCode::kMalformed, "sidx does not point at the first fragment");
    }
    reader.sidx_ = *sidx;
  }
  const auto index = parse_index_box(boxes->index->payload);
  if (!index) return std::unexpected(index.error());
  if (index->entries_offset != 0) {
    if (index->entries_offset <= reader.media_offset_ || index->entries_offset >= file_size ||
        file_size - index->entries_offset > kHeadSizeMax) {
      return fail(ErrorCode::kMalformed, "index is not where the head says");
    }
    reader.tail_ = {.offset = index->entries_offset,
                    .size = static_cast<size_t>(file_size - index->entries_offset)};
    return reader;
  }
  const auto taken = reader.take_entries(boxes->index->payload, file_size);
  if (!taken) return std::unexpected(taken.error());
  return reader;
}

Result<> TrackHeadReader::take_tail(std::span<const std::byte> tail) {
  ByteReader r(tail);
  const auto box = take_box(r);
  if (!box) return std::unexpected(box.error());
  if (box->type != four_cc("uuid") || !r.empty() || !tail_ || tail.size() != tail_->size) {
    return fail(ErrorCode::kMalformed, "tail of the track is not its index");
  }
  const auto taken = take_entries(box->payload, tail_->offset);
  if (taken) tail_.reset();
  return taken;
}

Result<> TrackHeadReader::take_entries(std::span<const std::byte> index_payload,
                                       uint64_t media_end) {
  const auto box = parse_index_box(index_payload);
  if (!box) return std::unexpected(box.error());
  if (box->entries.empty()) return fail(ErrorCode::kMalformed, "index of the track is empty");
  if (media_offset_ + box->entries.back().end_offset() != media_end) {
    return fail(ErrorCode::kMalformed, "fragments of the index do not fill the file");
  }
  for (TrackEntry entry : box->entries) {
    entry.offset += media_offset_;
    entry.decode_time += box->first_decode_time;
    index_.push_back(entry);
  }
  if (!sidx_) return {};
  const auto checked = check_sidx(*sidx_, index_);
  sidx_.reset();
  return checked;
}

}  // namespace millrace::media::track
