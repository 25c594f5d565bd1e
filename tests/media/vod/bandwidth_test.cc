#include "media/vod/bandwidth.h"

#include <gtest/gtest.h>

#include "tests/media/vod/presentations.h"

namespace millrace::media::vod {
namespace {

using track::TrackState;

TEST(Measure, TakesTheWorstRunOfHalfToOneAndAHalfTargetDurations) {  // MV-01
  // 10 ticks a second, target 4 s: runs of 2 to 6.5 s count.
  const std::vector<SizedDuration> media{
      {.size = 1000, .duration = 40},
      {.size = 9000, .duration = 10},  // 72 kbit/s, but too short to count alone
      {.size = 1000, .duration = 20},
      {.size = 1000, .duration = 40},
  };
  const BitRates rates = measure(media, 10, 4);
  EXPECT_EQ(rates.peak_bps, 26'667u) << "10,000 bytes in 3 s";
  EXPECT_EQ(rates.average_bps, 8'728u) << "12,000 bytes in 11 s";
}

TEST(Measure, FallsBackToTheAverageOfAShortVideo) {
  const std::vector<SizedDuration> media{{.size = 1000, .duration = 10}};
  EXPECT_EQ(measure(media, 10, 6), (BitRates{.peak_bps = 8000, .average_bps = 8000}));
  EXPECT_EQ(measure({}, 10, 6), BitRates{});
}

TEST(Measure, DoesNotOverflow) {
  const std::vector<SizedDuration> media{
      {.size = uint64_t{1} << 45, .duration = uint64_t{90'000} * 86'400}};
  EXPECT_EQ(measure(media, 90'000, 60).average_bps, ((uint64_t{1} << 48) + 86'399) / 86'400);
}

TEST(BitRates, AreWhatWasDeclaredWhileTheTrackGrows) {
  Rendition rendition{"720p", test::video_index(3, 0, TrackState::kGrowing), 3'000'000, 2'000'000};
  EXPECT_EQ(bit_rates(rendition, 6, 6), (BitRates{3'000'000, 2'000'000}));
  rendition.index = test::video_index(3);
  const BitRates measured = bit_rates(rendition, 6, 6);
  EXPECT_LT(measured.peak_bps, 500'000u);
  EXPECT_GT(measured.peak_bps, 390'000u);
}

}  // namespace
}  // namespace millrace::media::vod
