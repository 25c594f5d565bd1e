#include "media/ffmpeg/live/segment_plan.h"

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "media/ffmpeg/live/ladder_load.h"
#include "media/ffmpeg/live/punctuality.h"

namespace millrace::media::ffmpeg {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// Frames at 30 a second, a key frame every `gop`; where segments begin, in frames.
std::vector<int64_t> segment_starts(int64_t gop, int64_t frames) {
  SegmentPlan plan(longest_segment(/*target_duration_s=*/4, /*ticks_a_second=*/3000));
  std::vector<int64_t> starts;
  for (int64_t i = 0; i < frames; ++i) {
    if (plan.begins_with({.time = i * 100, .duration = 100, .key = i % gop == 0})) {
      starts.push_back(i);
    }
  }
  return starts;
}

TEST(SegmentPlan, HoldsAsManyGroupsOfPicturesAsFit) {
  EXPECT_EQ(segment_starts(60, 400), (std::vector<int64_t>{0, 120, 240, 360}));
  EXPECT_EQ(segment_starts(30, 400), (std::vector<int64_t>{0, 120, 240, 360}));
  EXPECT_EQ(segment_starts(90, 400), (std::vector<int64_t>{0, 90, 180, 270, 360}));
}

TEST(SegmentPlan, NeverLastsLongerThanItsTargetAndALittle) {  // SG-02
  for (const int64_t gop : {1, 7, 50, 100, 134, 135, 136, 150, 271, 500}) {
    const auto starts = segment_starts(gop, 2000);
    for (size_t i = 1; i < starts.size(); ++i) {
      EXPECT_LE(starts[i] - starts[i - 1], 134) << gop;
      EXPECT_GE(starts[i] - starts[i - 1], 16) << gop << ": a packet of sound has to fit";
    }
  }
}

TEST(LadderLoad, CallsSlowOnlyWhoWorksLongerThanItPlays) {
  LadderLoad load;
  for (int i = 0; i < 20; ++i) load.note(4000, 20ms);
  EXPECT_EQ(load.verdict(), LadderLoad::Verdict::kUnknown) << "not for long enough";
  for (int i = 0; i < 100; ++i) load.note(4000, 20ms);
  EXPECT_EQ(load.verdict(), LadderLoad::Verdict::kKeepsUp);
  for (int i = 0; i < 100; ++i) load.note(4000, 40ms);
  EXPECT_EQ(load.verdict(), LadderLoad::Verdict::kTooSlow);
  load.start_anew();
  EXPECT_EQ(load.verdict(), LadderLoad::Verdict::kUnknown);
}

TEST(Punctuality, TellsOfADelayOnceAndAgainWhenItGrows) {
  Punctuality punctuality;
  const Punctuality::Time start{100s};
  EXPECT_FALSE(punctuality.note(0, start));
  EXPECT_FALSE(punctuality.note(4'000'000, start + 2s)) << "ahead of time";
  EXPECT_FALSE(punctuality.note(8'000'000, start + 6900ms));
  EXPECT_EQ(punctuality.note(12'000'000, start + 13s), 3000ms);
  EXPECT_FALSE(punctuality.note(16'000'000, start + 17s)) << "known";
  EXPECT_EQ(punctuality.note(20'000'000, start + 23s), 5000ms);
}

}  // namespace
}  // namespace millrace::media::ffmpeg
