// The samples of a whole track in the runs that a classic movie header stores.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "media/fmp4/fragment.h"

namespace millrace::media::fmp4 {

/// 4,194,304: 12 h at 97 frames a second, or of AAC at 99 packets a second; 16 MiB of sizes.
inline constexpr size_t kSamplesMax = 4u << 20;

/// Samples that lie together in the source file: what one fragment holds.
struct Chunk {
  uint64_t offset = 0;  ///< Of the first sample, in the track's file.
  uint64_t size = 0;
  uint64_t start = 0;  ///< Decode time, in ticks.
  uint32_t sample_count = 0;
};

/// So many samples in a row with the same value.
struct SampleRun {
  uint32_t count = 0;
  int32_t value = 0;
};

class SampleTable {
 public:
  /// Adds the fragment that follows, whose first sample lies at `payload_offset` of its file.
  /// kMalformed if it does not continue the last one, kTooLarge past kSamplesMax.
  core::Result<> append(const Fragment& fragment, uint64_t payload_offset);

  std::span<const Chunk> chunks() const noexcept { return chunks_; }
  std::span<const SampleRun> durations() const noexcept { return durations_; }
  std::span<const SampleRun> composition_offsets() const noexcept { return offsets_; }
  std::span<const uint32_t> sizes() const noexcept { return sizes_; }
  /// Numbers of the key frames, from 1.
  std::span<const uint32_t> keys() const noexcept { return keys_; }
  bool all_keys() const noexcept { return keys_.size() == sizes_.size(); }
  uint64_t duration() const noexcept { return end_time_ - start_time_; }
  uint64_t start_time() const noexcept { return start_time_; }
  uint64_t media_size() const noexcept { return media_size_; }
  int32_t least_composition_offset() const noexcept { return least_offset_; }

 private:
  std::vector<Chunk> chunks_;
  std::vector<SampleRun> durations_;
  std::vector<SampleRun> offsets_;
  std::vector<uint32_t> sizes_;
  std::vector<uint32_t> keys_;
  uint64_t start_time_ = 0;
  uint64_t end_time_ = 0;
  uint64_t media_size_ = 0;
  int32_t least_offset_ = 0;
};

}  // namespace millrace::media::fmp4
