// Builds a track file in order: its head with room for the index, fragment after fragment, and the
// final head. Bytes only: the caller writes them where they belong.
//
//   while it grows:  ftyp moov [free ····························] moof mdat moof mdat …
//   finished:        ftyp moov [sidx | uuid: our index | free ···] moof mdat moof mdat … [uuid]
//
// The index lies in the head, so that one read of it opens the track. Where a source turns out far
// longer than it claimed, the entries go behind the media and the head says where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "media/fmp4/fragment.h"
#include "media/track/track_index.h"

namespace millrace::media::track {

/// What closes a track file. Write `tail` at `tail_offset` first (it is mostly empty), make it
/// durable, then `head` at offset 0: a crash in between leaves a file that reads as growing.
struct FinalHead {
  std::vector<std::byte> head;
  std::vector<std::byte> tail;
  uint64_t tail_offset = 0;
};

class TrackBuilder {
 public:
  // Snapshots share the blocks that one builder fills, so there is never a second one.
  TrackBuilder(TrackBuilder&&) = default;
  TrackBuilder& operator=(TrackBuilder&&) = default;

  /// `expected_fragments` sizes the reservation, with a tenth to spare. kInvalid: the format cannot
  /// be written, or more fragments than kFragmentsMax.
  static core::Result<TrackBuilder> create(const fmp4::TrackFormat& format,
                                           size_t expected_fragments);

  /// The first bytes of the file.
  std::span<const std::byte> initial_head() const noexcept { return head_; }

  /// Places the next fragment, of `size` bytes, at the end of the file. kMalformed if it does not
  /// continue the track: a decode time that is not the end of the last, or a first sample that is
  /// no key frame. kTooLarge: one fragment too many.
  core::Result<TrackEntry> append(const fmp4::Fragment& fragment, uint32_t size);

  /// What has been appended so far; cheap, and never changes afterwards.
  TrackIndex snapshot() const { return index_; }

  /// kInvalid for a track without fragments. The builder takes no more afterwards.
  core::Result<FinalHead> finish();

 private:
  TrackBuilder() = default;

  TrackIndex index_;
  std::vector<std::byte> head_;
};

}  // namespace millrace::media::track
