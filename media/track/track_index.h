// The index of a track: where each fragment lies in its file and when it plays. Playlists, segments
// of any length, key frame ranges and downloads are all computed from this alone.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/assert.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::track {

/// One fragment (moof and mdat) in the file. Bytes and ticks.
struct TrackEntry {
  uint64_t offset = 0;
  uint64_t decode_time = 0;
  uint32_t size = 0;
  uint32_t head_size = 0;          ///< moof and the mdat header.
  uint32_t first_sample_size = 0;  ///< So an I-frame range ends at head_size + first_sample_size.
  uint32_t duration = 0;
  bool key = false;

  uint64_t end_offset() const noexcept { return offset + size; }
  uint64_t end_time() const noexcept { return decode_time + duration; }
  friend bool operator==(const TrackEntry&, const TrackEntry&) = default;
};

/// 131,072 fragments: 72 h of 2 s each. Also what keeps a hostile count from growing the memory.
inline constexpr size_t kFragmentsMax = 131'072;

enum class TrackState : uint8_t { kGrowing, kFinished };

/// An immutable view of a track as it was at one moment. Copying costs a few counted pointers,
/// whatever the length: entries live in blocks that a growing track shares with all its snapshots,
/// and a snapshot never looks past its own count. Safe to read from any core.
class TrackIndex {
 public:
  static constexpr size_t kBlockSize = 512;
  using Block = std::array<TrackEntry, kBlockSize>;

  TrackIndex() = default;

  const fmp4::TrackFormat& format() const noexcept { return *format_; }
  TrackState state() const noexcept { return state_; }
  bool finished() const noexcept { return state_ == TrackState::kFinished; }
  size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  const TrackEntry& operator[](size_t index) const noexcept {
    MR_ASSERT(index < size_);
    return (*blocks_[index / kBlockSize])[index % kBlockSize];
  }
  const TrackEntry& back() const noexcept { return (*this)[size_ - 1]; }

  /// Bytes [0, init_size) of the file are the init segment.
  uint32_t init_size() const noexcept { return init_size_; }
  /// Where the last fragment ends.
  uint64_t media_end() const noexcept { return empty() ? init_size_ : back().end_offset(); }
  uint64_t start_time() const noexcept { return empty() ? 0 : (*this)[0].decode_time; }
  uint64_t end_time() const noexcept { return empty() ? 0 : back().end_time(); }
  double duration_seconds() const noexcept;
  /// Ticks of the longest fragment.
  uint32_t longest_duration() const noexcept { return longest_duration_; }
  /// Bytes of all fragments: what the track costs to send.
  uint64_t media_size() const noexcept { return empty() ? 0 : media_end() - (*this)[0].offset; }

  /// The fragment that holds `decode_time`; nothing past the end.
  std::optional<size_t> find(uint64_t decode_time) const noexcept;

 private:
  friend class TrackBuilder;
  friend class TrackHeadReader;

  void push_back(const TrackEntry& entry);

  std::shared_ptr<const fmp4::TrackFormat> format_;
  std::vector<std::shared_ptr<Block>> blocks_;
  size_t size_ = 0;
  uint32_t init_size_ = 0;
  uint32_t longest_duration_ = 0;
  TrackState state_ = TrackState::kGrowing;
};

}  // namespace millrace::media::track
