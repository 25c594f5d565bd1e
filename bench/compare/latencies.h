// How long requests took.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace millrace::bench {

/// Microseconds in buckets of at most 1/32 of their value. Fixed size, no allocation on the way.
class Latencies {
 public:
  void record(uint64_t us) noexcept {
    ++buckets_[std::min(bucket_of(us), buckets_.size() - 1)];
    ++count_;
  }
  void clear() noexcept { *this = {}; }
  uint64_t count() const noexcept { return count_; }
  /// The least value that `share` of all are not above; 0 without any.
  uint64_t quantile(double share) const noexcept {
    auto left = static_cast<uint64_t>(share * static_cast<double>(count_));
    for (size_t i = 0; i < buckets_.size(); ++i) {
      if (buckets_[i] > left) return lowest_of(i);
      left -= buckets_[i];
    }
    return 0;
  }

 private:
  static constexpr unsigned kBits = 5;
  static constexpr uint64_t kLinear = uint64_t{1} << kBits;

  static size_t bucket_of(uint64_t us) noexcept {
    if (us < kLinear) return us;
    const unsigned shift = static_cast<unsigned>(std::bit_width(us)) - kBits - 1;
    return (size_t{shift + 1} << kBits) + ((us >> shift) - kLinear);
  }
  static uint64_t lowest_of(size_t bucket) noexcept {
    if (bucket < kLinear) return bucket;
    const size_t shift = (bucket >> kBits) - 1;
    return (kLinear + (bucket & (kLinear - 1))) << shift;
  }

  std::array<uint32_t, 1024> buckets_{};
  uint64_t count_ = 0;
};

}  // namespace millrace::bench
