#include "core/histogram.h"

#include <cmath>
#include <numeric>

namespace millrace::core {

void HistogramSnapshot::merge(const HistogramSnapshot& other) noexcept {
  for (size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
  sum += other.sum;
}

uint64_t HistogramSnapshot::count() const noexcept {
  return std::accumulate(counts.begin(), counts.end(), uint64_t{0});
}

uint64_t HistogramSnapshot::quantile(double quantile) const noexcept {
  const uint64_t total = count();
  if (total == 0) return 0;
  const auto wanted = static_cast<uint64_t>(std::ceil(quantile * static_cast<double>(total)));
  uint64_t seen = 0;
  size_t bucket = 0;
  for (; bucket < counts.size() - 1; ++bucket) {
    seen += counts[bucket];
    if (seen > 0 && seen >= wanted) break;
  }
  const uint64_t low = HistogramScale::lower_bound(bucket);
  return low + (HistogramScale::lower_bound(bucket + 1) - 1 - low) / 2;
}

}  // namespace millrace::core
