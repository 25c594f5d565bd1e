// A log-linear histogram: eight buckets of equal width in each octave, so that the relative error
// is bounded and two histograms are merged by adding.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace millrace::core {

/// Which values share a bucket. Values below 8 have a bucket each; octave [2^k, 2^(k+1)), k >= 3,
/// has eight of width 2^(k-3).
struct HistogramScale {
  static constexpr unsigned kStepBits = 3;
  static constexpr uint64_t kSteps = uint64_t{1} << kStepBits;
  /// 2^36 microseconds are 19 hours, 2^36 bytes 64 GiB; larger values count in the last bucket.
  static constexpr unsigned kOctaveMax = 36;
  static constexpr size_t kBucketCount = (kOctaveMax - kStepBits + 1) * kSteps;

  static constexpr size_t bucket_of(uint64_t value) noexcept {
    if (value < kSteps) return value;
    const unsigned octave = static_cast<unsigned>(std::bit_width(value)) - 1;
    if (octave >= kOctaveMax) return kBucketCount - 1;
    const uint64_t step = (value >> (octave - kStepBits)) - kSteps;
    return (octave - kStepBits + 1) * kSteps + step;
  }

  /// The smallest value of a bucket; of kBucketCount, the first value beyond the scale.
  static constexpr uint64_t lower_bound(size_t bucket) noexcept {
    if (bucket < kSteps) return bucket;
    const size_t octave = bucket / kSteps + kStepBits - 1;
    return (kSteps + bucket % kSteps) << (octave - kStepBits);
  }
};

/// Counts as of one moment.
struct HistogramSnapshot {
  std::array<uint64_t, HistogramScale::kBucketCount> counts{};
  uint64_t sum = 0;

  void record(uint64_t value) noexcept {
    ++counts[HistogramScale::bucket_of(value)];
    sum += value;
  }
  void merge(const HistogramSnapshot& other) noexcept;
  uint64_t count() const noexcept;
  /// The value that the share `quantile` (0 to 1) of all values does not exceed: the middle of its
  /// bucket. 0 when empty.
  uint64_t quantile(double quantile) const noexcept;
};

}  // namespace millrace::core
