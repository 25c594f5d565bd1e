#include "media/vod/segmenting.h"

#include <gtest/gtest.h>

#include "tests/media/vod/presentations.h"

namespace millrace::media::vod {
namespace {

using core::ErrorCode;
using test::audio_index;
using test::video_index;
using track::TrackState;

std::vector<size_t> last_fragments(const std::vector<Segment>& segments) {
  std::vector<size_t> last;
  for (const Segment& segment : segments) last.push_back(segment.last);
  return last;
}

TEST(CutSegments, FollowsTheLengthAskedFor) {
  const auto index = video_index(10);
  EXPECT_EQ(last_fragments(cut_segments(index, 2)),
            (std::vector<size_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(last_fragments(cut_segments(index, 4)), (std::vector<size_t>{1, 3, 5, 7, 9}));
  EXPECT_EQ(last_fragments(cut_segments(index, 6)), (std::vector<size_t>{2, 5, 8, 9}));
  EXPECT_EQ(last_fragments(cut_segments(index, 10)), (std::vector<size_t>{4, 9}));
  EXPECT_EQ(last_fragments(cut_segments(index, 60)), (std::vector<size_t>{9}));
}

TEST(CutSegments, StaysBelowALengthThatIsNoMultipleOfAFragment) {
  EXPECT_EQ(last_fragments(cut_segments(video_index(6), 5)), (std::vector<size_t>{1, 3, 5}));
  EXPECT_EQ(last_fragments(cut_segments(video_index(3), 1)), (std::vector<size_t>{0, 1, 2}));
}

TEST(CutSegments, LetsSoundWhoseFragmentsAreALittleLongerKeepPace) {
  EXPECT_EQ(last_fragments(cut_segments(audio_index(6), 6)), (std::vector<size_t>{2, 5}));
  EXPECT_EQ(last_fragments(cut_segments(audio_index(6), 2)),
            (std::vector<size_t>{0, 1, 2, 3, 4, 5}));
}

TEST(CutSegments, GivesTheirTimes) {
  const auto segments = cut_segments(video_index(4, 10), 6);
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments[1], (Segment{.first = 3, .last = 4, .start = 92'160, .duration = 35'840}));
}

TEST(CutSegments, OfAGrowingTrackAreAPrefixOfThoseOfTheFinishedOne) {  // PL-15
  for (const uint32_t segment_s : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 10u}) {
    for (const uint32_t last_frames : {1u, 29u, 59u, 60u}) {
      constexpr uint32_t kSmall = 60;  // bytes a second: the sizes do not matter here
      const auto finished =
          cut_segments(video_index(11, last_frames, TrackState::kFinished, kSmall), segment_s);
      for (size_t fragments = 0; fragments <= 11; ++fragments) {
        const auto growing =
            cut_segments(video_index(fragments, 0, TrackState::kGrowing, kSmall), segment_s);
        ASSERT_LE(growing.size(), finished.size());
        for (size_t i = 0; i < growing.size(); ++i) {
          EXPECT_EQ(growing[i], finished[i]) << segment_s << " s, fragment " << fragments;
        }
      }
    }
  }
}

TEST(CutSegments, CoverTheTrackWithoutGapsOrLongOnes) {
  const auto index = video_index(40, 17);
  for (uint32_t segment_s = 1; segment_s <= kSegmentSecondsMax; ++segment_s) {
    size_t next = 0;
    for (const Segment& segment : cut_segments(index, segment_s)) {
      EXPECT_EQ(segment.first, next);
      next = segment.last + 1;
      if (segment.first != segment.last) {
        EXPECT_LT(segment.duration, segment_s * 15'360ull + 7'680) << segment_s;
      }
    }
    EXPECT_EQ(next, index.size());
  }
}

TEST(TargetDuration, IsTheSameFromTheFirstFragmentToTheLast) {  // PL-11
  Presentation presentation{.renditions = {{"720p", video_index(0, 0, TrackState::kGrowing)}}};
  EXPECT_EQ(target_duration_s(presentation, 6), 6u);
  EXPECT_EQ(target_duration_s(presentation, 1), 2u);
  presentation.renditions = {{"720p", video_index(20, 3)}, {"audio-128k", audio_index(20)}};
  EXPECT_EQ(target_duration_s(presentation, 6), 6u);
  EXPECT_EQ(target_duration_s(presentation, 1), 2u);
}

TEST(SegmentBytes, AreTheRunOfFragments) {
  const auto index = video_index(5);
  const auto bytes = segment_bytes(index, 1, 3);
  ASSERT_TRUE(bytes);
  EXPECT_EQ(*bytes, (ByteSpan{.offset = index[1].offset, .size = 3ull * index[1].size}));
  EXPECT_EQ(segment_bytes(index, 2, 1).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(segment_bytes(index, 4, 5).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(segment_bytes(index, UINT64_MAX, UINT64_MAX).error().code, ErrorCode::kNotFound);
}

TEST(CheckSegmentSeconds, AllowsOneToSixty) {
  EXPECT_EQ(check_segment_seconds(0).error().code, ErrorCode::kInvalid);
  EXPECT_EQ(check_segment_seconds(1), 1u);
  EXPECT_EQ(check_segment_seconds(60), 60u);
  EXPECT_EQ(check_segment_seconds(uint64_t{1} << 32).error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace millrace::media::vod
