#include "media/ffmpeg/frame_rate.h"

#include <gtest/gtest.h>

namespace millrace::media::ffmpeg {
namespace {

std::string chosen(AVRational average, AVRational finest) {
  const AVRational rate = choose_frame_rate({.average = average, .finest = finest});
  return fmt::format("{}/{}", rate.num, rate.den);
}

TEST(FrameRate, KeepsAConstantRate) {
  EXPECT_EQ(chosen({25, 1}, {25, 1}), "25/1");
  EXPECT_EQ(chosen({30000, 1001}, {30000, 1001}), "30000/1001");
  EXPECT_EQ(chosen({25, 2}, {25, 2}), "25/2");
  EXPECT_EQ(chosen({48, 1}, {48, 1}), "48/1");
}

TEST(FrameRate, KnowsARateThatAContainerRounded) {
  EXPECT_EQ(chosen({2997, 100}, {2997, 100}), "30000/1001");
  EXPECT_EQ(chosen({23976, 1000}, {23976, 1000}), "24000/1001");
  EXPECT_EQ(chosen({5994, 100}, {5994, 100}), "60000/1001");
}

TEST(FrameRate, TakesTheGridOfAPhoneThatDropsFrames) {
  EXPECT_EQ(chosen({2872, 100}, {30, 1}), "30/1");
  EXPECT_EQ(chosen({2412, 100}, {30, 1}), "30/1");
}

TEST(FrameRate, TakesTheNextUsualRateWhereTheTimesSayNothing) {
  EXPECT_EQ(chosen({2743, 100}, {90000, 1}), "30000/1001");
  EXPECT_EQ(chosen({1712, 100}, {1000, 1}), "24000/1001");
}

TEST(FrameRate, StaysBetweenTenAndSixty) {
  EXPECT_EQ(chosen({120, 1}, {120, 1}), "60/1");
  EXPECT_EQ(chosen({100, 1}, {100, 1}), "50/1");
  EXPECT_EQ(chosen({1, 1}, {1, 1}), "10/1");
  EXPECT_EQ(chosen({0, 0}, {0, 0}), "30/1");
  EXPECT_EQ(chosen({0, 1}, {90000, 1}), "30/1");
}

TEST(FrameGrid, CountsFramesAndTicksWithoutLoss) {
  const FrameGrid grid{.rate = {30000, 1001}};
  EXPECT_EQ(grid.timescale(), 30000U);
  EXPECT_EQ(grid.ticks_per_frame(), 1001U);
  EXPECT_EQ(grid.frames_per_gop(2000), 60);
  EXPECT_EQ(grid.frame_at(grid.time_us(107'892)), 107'892);
}

TEST(FrameGrid, HasTicksShortEnoughForTheEdgesOfSound) {
  const FrameGrid grid{.rate = {25, 1}};
  EXPECT_EQ(grid.timescale(), 12'800U);
  EXPECT_EQ(grid.ticks_per_frame(), 512U);
  EXPECT_EQ(grid.frames_per_gop(2000), 50);
}

}  // namespace
}  // namespace millrace::media::ffmpeg
