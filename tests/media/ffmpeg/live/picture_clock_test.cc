#include "media/ffmpeg/live/picture_clock.h"

#include <gtest/gtest.h>

#include <vector>

namespace millrace::media::ffmpeg {
namespace {

constexpr int64_t kMillisecond = 120;
constexpr int64_t kFrame = 4000;  // 30 a second.

std::vector<int64_t> rounded_times(AVRational rate, int count) {
  std::vector<int64_t> times;
  for (int64_t i = 0; i < count; ++i) {
    times.push_back(av_rescale_rnd(i * 1000, rate.den, rate.num, AV_ROUND_NEAR_INF) * kMillisecond);
  }
  return times;
}

PictureClock clock_at(int64_t start) {
  return PictureClock({.frame_ticks = kFrame, .constant = true, .rate = {30, 1}},
                      {.start = start, .first_dts = 0, .first_pts = 0});
}

TEST(FrameSpacing, FindsTheRateBehindRoundedMilliseconds) {  // SG-10
  for (const AVRational rate : {AVRational{24, 1}, {25, 1}, {30, 1}, {50, 1}, {60, 1}, {15, 1}}) {
    const FrameSpacing spacing = spacing_of(rounded_times(rate, 9), {0, 1});
    EXPECT_TRUE(spacing.constant);
    EXPECT_EQ(av_cmp_q(spacing.rate, rate), 0) << rate.num;
  }
}

TEST(FrameSpacing, BelievesTheStreamWhereTwoRatesFit) {
  const auto times = rounded_times({30000, 1001}, 9);
  EXPECT_EQ(spacing_of(times, {30000, 1001}).frame_ticks, 4004);
  EXPECT_EQ(spacing_of(times, {25, 1}).frame_ticks, kFrame) << "what does not fit is not believed";
}

TEST(FrameSpacing, SeesThroughMissingFrames) {
  auto times = rounded_times({30, 1}, 12);
  times.erase(times.begin() + 4, times.begin() + 6);
  EXPECT_EQ(spacing_of(times, {0, 1}).frame_ticks, kFrame);
}

TEST(FrameSpacing, IsNotConstantWhereThePublisherIsNot) {
  const std::vector<int64_t> times = {0, 4000, 9500, 12'700, 18'900, 21'000, 26'600};
  EXPECT_FALSE(spacing_of(times, {0, 1}).constant);
}

TEST(PictureClock, PutsRoundedTimesBackOnTheGrid) {
  PictureClock clock = clock_at(1000);
  int64_t expected = 1000;
  for (const int64_t time : rounded_times({30, 1}, 300)) {
    const PictureTimes times = clock.place(time, time);
    ASSERT_EQ(times.decode_time, expected);
    ASSERT_EQ(times.duration, kFrame);
    ASSERT_EQ(times.composition_offset, 0);
    expected += kFrame;
  }
}

TEST(PictureClock, ShowsAPictureOnTimeThatFollowsAMissingOne) {
  PictureClock clock = clock_at(0);
  clock.place(0, 0);
  const PictureTimes late = clock.place(3 * kFrame, 3 * kFrame);
  EXPECT_EQ(late.decode_time, kFrame) << "without a gap";
  EXPECT_EQ(late.decode_time + late.composition_offset, 3 * kFrame);
  EXPECT_EQ(clock.end(), 4 * kFrame) << "and on the grid again";
}

TEST(PictureClock, FollowsAPublisherThatIsSlowerThanItsRate) {
  PictureClock clock = clock_at(0);
  int64_t time = 0;
  for (int i = 0; i < 3000; ++i, time += 4004) clock.place(time, time);
  EXPECT_NEAR(static_cast<double>(clock.end()), static_cast<double>(time), kFrame / 4.0 + 1);
}

TEST(PictureClock, FollowsAPublisherThatIsFasterThanItsRate) {
  PictureClock clock = clock_at(0);
  int64_t time = 0;
  for (int i = 0; i < 3000; ++i, time += 3996) {
    const PictureTimes times = clock.place(time, time);
    ASSERT_GT(times.duration, 0);
    ASSERT_GE(times.composition_offset, 0);
  }
  EXPECT_NEAR(static_cast<double>(clock.end()), static_cast<double>(time), kFrame / 4.0 + 1);
}

TEST(PictureClock, KeepsOffsetsOfReorderedPicturesFromNegative) {
  PictureClock clock({.frame_ticks = kFrame, .constant = true, .rate = {30, 1}},
                     {.start = 0, .first_dts = -2 * kFrame, .first_pts = 0});
  EXPECT_EQ(clock.reorder_delay(), 2 * kFrame);
  EXPECT_EQ(clock.place(-2 * kFrame, 0).composition_offset, 2 * kFrame);
  EXPECT_EQ(clock.place(-kFrame, 3 * kFrame).composition_offset, 4 * kFrame);
  EXPECT_EQ(clock.place(0, kFrame).composition_offset, kFrame);
  EXPECT_EQ(clock.place(kFrame, 0).composition_offset, 0) << "shown before it is decoded";
}

}  // namespace
}  // namespace millrace::media::ffmpeg
