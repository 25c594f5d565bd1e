#include "media/fmp4/sample_table.h"

#include <gtest/gtest.h>

namespace millrace::media::fmp4 {
namespace {

using core::ErrorCode;

Fragment fragment_of(uint64_t decode_time, std::vector<Sample> samples) {
  Fragment fragment{.decode_time = decode_time, .samples = std::move(samples)};
  for (const Sample& sample : fragment.samples) fragment.duration += sample.duration;
  return fragment;
}

TEST(SampleTable, KeepsRunsOfWhatRepeats) {
  SampleTable table;
  ASSERT_TRUE(table.append(fragment_of(0, {{10, 100, 0, true}, {10, 20, 5, false}}), 1000));
  ASSERT_TRUE(table.append(fragment_of(20, {{10, 90, 5, true}, {12, 30, -5, false}}), 5000));
  ASSERT_EQ(table.durations().size(), 2u);
  EXPECT_EQ(table.durations()[0].count, 3u);
  EXPECT_EQ(table.durations()[1].value, 12);
  ASSERT_EQ(table.composition_offsets().size(), 3u);
  EXPECT_EQ(table.composition_offsets()[1].count, 2u);
  EXPECT_EQ(table.least_composition_offset(), -5);
  EXPECT_EQ(std::vector<uint32_t>(table.keys().begin(), table.keys().end()),
            (std::vector<uint32_t>{1, 3}));
  EXPECT_EQ(table.chunks()[1].offset, 5000u);
  EXPECT_EQ(table.chunks()[1].size, 120u);
  EXPECT_EQ(table.duration(), 42u);
  EXPECT_EQ(table.media_size(), 240u);
}

TEST(SampleTable, RefusesAGap) {
  SampleTable table;
  ASSERT_TRUE(table.append(fragment_of(0, {{10, 100, 0, true}}), 0));
  EXPECT_EQ(table.append(fragment_of(11, {{10, 100, 0, true}}), 0).error().code,
            ErrorCode::kMalformed);
}

TEST(SampleTable, RefusesMoreThanItsLimit) {
  SampleTable table;
  const std::vector<Sample> many(kSamplesPerFragmentMax, {1, 1, 0, true});
  for (size_t i = 0; i < kSamplesMax / kSamplesPerFragmentMax; ++i) {
    ASSERT_TRUE(table.append(fragment_of(i * kSamplesPerFragmentMax, many), 0));
  }
  EXPECT_EQ(table.append(fragment_of(kSamplesMax, {{1, 1, 0, true}}), 0).error().code,
            ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace millrace::media::fmp4
