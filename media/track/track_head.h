// Opens a track from the bytes of its head.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/result.h"
#include "media/fmp4/sidx.h"
#include "media/track/track_index.h"

namespace millrace::media::track {

/// 64 KiB: holds the head of a rendition of an hour, so that opening one takes one read.
inline constexpr size_t kHeadReadSize = 64 * 1024;

/// 8 MiB: kFragmentsMax entries in both indexes, twice over.
inline constexpr size_t kHeadSizeMax = 8 * 1024 * 1024;

/// How many bytes from the start of the file parse_track_head() needs, given the first bytes of it.
/// More than `prefix` holds: read that many and ask again. kMalformed: no track of ours; kTooLarge:
/// over kHeadSizeMax.
core::Result<size_t> track_head_size(std::span<const std::byte> prefix, uint64_t file_size);

/// Where the entries are, if they are not in the head.
struct TailRange {
  uint64_t offset = 0;
  size_t size = 0;
};

class TrackHeadReader {
 public:
  /// `head` is exactly what track_head_size() asked for, or more. Everything is checked against
  /// `file_size`: a finished track's fragments end where its file (or its tail) does. kUnsupported:
  /// the track never was finished.
  static core::Result<TrackHeadReader> open(std::span<const std::byte> head, uint64_t file_size);

  /// Bytes that must be read and given to take_tail() before index() is complete.
  const std::optional<TailRange>& tail() const noexcept { return tail_; }
  core::Result<> take_tail(std::span<const std::byte> tail);

  const TrackIndex& index() const noexcept { return index_; }

 private:
  struct HeadBoxes;

  core::Result<> take_entries(std::span<const std::byte> index_payload, uint64_t media_end);

  TrackIndex index_;
  uint64_t media_offset_ = 0;
  std::optional<TailRange> tail_;
  std::optional<fmp4::Sidx> sidx_;  // Until the entries are there to compare it with.
};

}  // namespace millrace::media::track
