#include "media/track/track_index.h"

#include <algorithm>

namespace millrace::media::track {

double TrackIndex::duration_seconds() const noexcept {
  if (empty()) return 0;
  return static_cast<double>(end_time() - start_time()) / format_->timescale;
}

std::optional<size_t> TrackIndex::find(uint64_t decode_time) const noexcept {
  if (empty() || decode_time >= end_time()) return std::nullopt;
  size_t low = 0;
  size_t high = size_;
  while (high - low > 1) {
    const size_t middle = low + (high - low) / 2;
    ((*this)[middle].decode_time <= decode_time ? low : high) = middle;
  }
  return low;
}

void TrackIndex::push_back(const TrackEntry& entry) {
  if (size_ % kBlockSize == 0) blocks_.push_back(std::make_shared<Block>());
  (*blocks_.back())[size_ % kBlockSize] = entry;
  ++size_;
  longest_duration_ = std::max(longest_duration_, entry.duration);
}

}  // namespace millrace::media::track
