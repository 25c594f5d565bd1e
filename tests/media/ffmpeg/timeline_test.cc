#include "media/ffmpeg/timeline.h"

#include <gtest/gtest.h>

namespace millrace::media::ffmpeg {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kFrame = 40'000;
constexpr int64_t kPacket = 20'000;
using enum Timeline::Stream;

struct Fixture {
  Timeline timeline{{.zero_us = 10 * kSecond, .longest_gap_us = 10 * kSecond}};

  int64_t video(int64_t time) { return time + timeline.correction_us(kVideo, time, kFrame); }
  int64_t audio(int64_t time) { return time + timeline.correction_us(kAudio, time, kPacket); }

  void play(int64_t from, int64_t to) {
    for (int64_t time = from; time < to; time += kFrame) {
      video(time);
      audio(time);
      audio(time + kPacket);
    }
  }
};

TEST(Timeline, CountsFromTheStartOfThePresentation) {
  Fixture clock;
  EXPECT_EQ(clock.video(10 * kSecond), 0);
  EXPECT_EQ(clock.audio(10 * kSecond + 500'000), 500'000);
  EXPECT_EQ(clock.timeline.jump_count(), 0U);
}

TEST(Timeline, JoinsBothStreamsAlikeWhereTheClockStartsAgain) {
  Fixture clock;
  clock.play(10 * kSecond, 12 * kSecond);
  EXPECT_EQ(clock.video(0), 2 * kSecond);
  EXPECT_EQ(clock.audio(12'345), 2 * kSecond + 12'345) << "as far from the picture as recorded";
  EXPECT_EQ(clock.timeline.jump_count(), 2U);
}

TEST(Timeline, JoinsAStepForwardThatIsTooLongForAGap) {
  Fixture clock;
  clock.play(10 * kSecond, 12 * kSecond);
  EXPECT_EQ(clock.audio(612 * kSecond), 2 * kSecond);
  EXPECT_EQ(clock.video(612 * kSecond + 7'000), 2 * kSecond + 7'000);
}

TEST(Timeline, KeepsAGapThatIsShortEnough) {
  Fixture clock;
  clock.play(10 * kSecond, 12 * kSecond);
  EXPECT_EQ(clock.video(20 * kSecond), 10 * kSecond);
  EXPECT_EQ(clock.timeline.jump_count(), 0U);
}

TEST(Timeline, ReturnsToTheClockAfterOneBrokenTime) {
  Fixture clock;
  clock.play(10 * kSecond, 12 * kSecond);
  EXPECT_EQ(clock.video(900'000 * kSecond), 2 * kSecond);
  EXPECT_EQ(clock.video(12 * kSecond + kFrame), 2 * kSecond + kFrame);
  EXPECT_EQ(clock.audio(12 * kSecond), 2 * kSecond);
}

TEST(Timeline, LetsPacketsOfTheOldClockPassBetweenThoseOfTheNew) {
  Fixture clock;
  clock.play(10 * kSecond, 12 * kSecond);
  EXPECT_EQ(clock.video(0), 2 * kSecond);
  EXPECT_EQ(clock.audio(12 * kSecond), 2 * kSecond);
  EXPECT_EQ(clock.video(kFrame), 2 * kSecond + kFrame);
  EXPECT_EQ(clock.audio(kPacket), 2 * kSecond + kPacket);
}

TEST(Timeline, StartsAStreamAtZeroThatBeginsImpossiblyLate) {
  Fixture clock;
  EXPECT_EQ(clock.video(10 * kSecond), 0);
  EXPECT_EQ(clock.audio(10'000 * kSecond), 0);
}

TEST(Timeline, SurvivesTimesAtBothEndsOfTheirRange) {
  Fixture clock;
  for (const int64_t time : {INT64_MIN, INT64_MAX, INT64_MIN, int64_t{0}, INT64_MAX}) {
    EXPECT_GE(clock.timeline.correction_us(kVideo, time, INT64_MAX), INT64_MIN);
  }
}

}  // namespace
}  // namespace millrace::media::ffmpeg
