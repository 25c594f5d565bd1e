#include "core/histogram.h"

#include <gtest/gtest.h>

#include <limits>

namespace millrace::core {
namespace {

TEST(HistogramScale, PutsEveryValueBetweenTheBoundsOfItsBucket) {
  for (unsigned bit = 0; bit < HistogramScale::kOctaveMax; ++bit) {
    const uint64_t power = uint64_t{1} << bit;
    for (const uint64_t value : {power - 1, power, power + 1}) {
      const size_t bucket = HistogramScale::bucket_of(value);
      ASSERT_LT(bucket, HistogramScale::kBucketCount);
      EXPECT_LE(HistogramScale::lower_bound(bucket), value);
      EXPECT_GT(HistogramScale::lower_bound(bucket + 1), value);
    }
  }
}

TEST(HistogramScale, HasBucketsOfAtMostAnEighthOfTheirValue) {
  for (size_t bucket = HistogramScale::kSteps; bucket < HistogramScale::kBucketCount; ++bucket) {
    const uint64_t low = HistogramScale::lower_bound(bucket);
    EXPECT_LE((HistogramScale::lower_bound(bucket + 1) - low) * 8, low);
  }
}

TEST(HistogramScale, CountsWhatIsBeyondItInTheLastBucket) {
  const size_t last = HistogramScale::kBucketCount - 1;
  EXPECT_EQ(HistogramScale::bucket_of((uint64_t{1} << HistogramScale::kOctaveMax) - 1), last);
  EXPECT_EQ(HistogramScale::bucket_of(std::numeric_limits<uint64_t>::max()), last);
}

TEST(HistogramSnapshot, FindsQuantilesWithinAnEighth) {
  HistogramSnapshot snapshot;
  EXPECT_EQ(snapshot.quantile(0.5), 0U);
  for (uint64_t value = 1; value <= 10'000; ++value) snapshot.record(value);
  EXPECT_EQ(snapshot.count(), 10'000U);
  EXPECT_EQ(snapshot.sum, 50'005'000U);
  EXPECT_NEAR(static_cast<double>(snapshot.quantile(0.5)), 5000, 5000 / 8.0);
  EXPECT_NEAR(static_cast<double>(snapshot.quantile(0.99)), 9900, 9900 / 8.0);
  EXPECT_EQ(snapshot.quantile(0), 1U);
  EXPECT_NEAR(static_cast<double>(snapshot.quantile(1)), 10'000, 10'000 / 8.0);
}

TEST(HistogramSnapshot, IsMergedByAdding) {
  HistogramSnapshot a, b;
  a.record(3);
  b.record(5);
  b.record(5);
  a.merge(b);
  EXPECT_EQ(a.count(), 3U);
  EXPECT_EQ(a.sum, 13U);
  EXPECT_EQ(a.quantile(0.5), 5U);
}

}  // namespace
}  // namespace millrace::core
