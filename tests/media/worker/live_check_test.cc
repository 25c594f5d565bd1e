#include "media/worker/live_check.h"

#include <gtest/gtest.h>

#include "media/worker/report_check.h"
#include "tests/media/worker/live_records.h"

namespace millrace::media::worker {
namespace {

using std::chrono_literals::operator""s;

class LiveCheckTest : public ::testing::Test {
 protected:
  bool accepts(const core::ShmRecord& record, std::chrono::nanoseconds job_age = {}) {
    auto report = check_.accept(record, job_age);
    rule_ = report ? "" : report.error().what;
    if (report) last_ = std::move(*report);
    return last_ && rule_.empty();
  }
  bool accepts_track(const TrackReport& track) {
    return accepts(test::record(UpRecord::kTrack, track));
  }
  bool accepts_part(const test::PartShape& shape, uint32_t track = 0) {
    return accepts(test::part_record(test::live_part(shape), track));
  }
  void begin(auto change) {
    auto probe = test::live_probe();
    change(probe);
    ASSERT_TRUE(accepts(test::record(UpRecord::kProbe, probe))) << rule_;
    ASSERT_TRUE(accepts_track(test::live_track())) << rule_;
  }
  void begin() {
    begin([](ProbeReport&) {});
  }
  /// Parts until (not with) `index`.
  void parts_until(uint32_t index, uint32_t track = 0) {
    for (uint32_t i = 0; i < index; ++i) ASSERT_TRUE(accepts_part({.index = i}, track)) << rule_;
  }

  JobSpec spec_ = test::live_spec();
  ReportCheck check_{spec_};
  std::optional<Report> last_;
  std::string rule_;
};

TEST_F(LiveCheckTest, AcceptsPartsAndTellsWhatTheyAre) {
  begin();
  parts_until(4);
  const auto bytes = test::part_record(test::live_part({.index = 4}));
  ASSERT_TRUE(accepts(bytes));
  const auto& part = std::get<CheckedPart>(*last_);
  EXPECT_TRUE(part.starts_segment && part.independent && !part.discontinuity);
  EXPECT_EQ(part.fragment.decode_time, 4 * test::kPartDuration);
  EXPECT_TRUE(accepts(test::track_done_record(0)));
  EXPECT_FALSE(accepts_part({.index = 5})) << "the track has ended";
}

TEST_F(LiveCheckTest, RefusesAPartLongerThanItsTarget) {  // LL-02
  begin();
  EXPECT_FALSE(accepts_part({.index = 0, .frames = test::kPartFrames + 1}));
  EXPECT_EQ(rule_, "a part longer than its target");
}

TEST_F(LiveCheckTest, RefusesAnotherPartTargetThanTheStreamHas) {  // LL-03
  spec_.live.part_target_ms = 480;
  EXPECT_FALSE(accepts(test::record(UpRecord::kProbe, test::live_probe())));
}

TEST_F(LiveCheckTest, RefusesGapsAndOverlapsOutsideADiscontinuity) {  // SG-03
  begin();
  parts_until(4);
  EXPECT_FALSE(accepts_part({.index = 4, .shift = -1}));
  EXPECT_FALSE(accepts_part({.index = 4, .shift = 1}));
}

TEST_F(LiveCheckTest, AcceptsAJumpForwardAtADiscontinuityOnly) {
  constexpr uint8_t kFlags = PartFlags::kAll;
  begin();
  parts_until(4);
  EXPECT_FALSE(accepts_part({.index = 4, .shift = -1, .flags = kFlags}));
  EXPECT_TRUE(accepts_part({.index = 4, .shift = 5000, .flags = kFlags})) << rule_;
}

TEST_F(LiveCheckTest, RefusesFlagsThatContradictThePart) {
  begin();
  EXPECT_FALSE(accepts_part({.index = 0, .flags = uint8_t{PartFlags::kIndependent}}))
      << "a first part that begins no segment";
  EXPECT_FALSE(accepts_part({.index = 0, .flags = uint8_t{PartFlags::kStartsSegment}}))
      << "a key frame that is not said to be one";
  parts_until(1);
  EXPECT_FALSE(accepts_part({.index = 1, .flags = uint8_t{PartFlags::kDiscontinuity}}));
}

TEST_F(LiveCheckTest, RefusesASegmentLongerThanItsTarget) {
  begin();
  uint32_t index = 0;
  while (index < 20 &&
         accepts_part(
             {.index = index, .key = index == 0, .flags = index == 0 ? uint8_t{3} : uint8_t{0}})) {
    ++index;
  }
  EXPECT_EQ(rule_, "a segment longer than its target");
  EXPECT_EQ(index, 5U) << "2.76 s at most";
}

TEST_F(LiveCheckTest, RefusesASegmentThatBeginsElsewhereThanInOtherTracks) {  // SG-01
  begin();
  ASSERT_TRUE(accepts_track(test::live_track(1, "240p", 240))) << rule_;
  parts_until(5);
  for (uint32_t i = 0; i < 3; ++i) ASSERT_TRUE(accepts_part({.index = i}, 1)) << rule_;
  EXPECT_FALSE(accepts_part({.index = 3, .flags = uint8_t{PartFlags::kStartsSegment}}, 1));
  EXPECT_EQ(rule_, "a segment that begins elsewhere than in other tracks");
}

TEST_F(LiveCheckTest, AcceptsATrackAnnouncedAgainBeforeADiscontinuity) {
  begin();
  parts_until(4);
  ASSERT_TRUE(accepts_track(test::live_track(0, "source", 360))) << rule_;
  EXPECT_FALSE(accepts_part({.index = 4})) << "no discontinuity";
  EXPECT_TRUE(accepts_part({.index = 4, .flags = uint8_t{PartFlags::kAll}})) << rule_;
  EXPECT_FALSE(accepts_track(test::live_track(0, "240p", 240))) << "another quality";
}

TEST_F(LiveCheckTest, RefusesARungLargerThanAskedForAndTracksNobodyPlanned) {
  begin();
  EXPECT_FALSE(accepts_track(test::live_track(1, "240p", 360)));
  EXPECT_FALSE(accepts_track(test::live_track(1, "480p", 480)));
  EXPECT_FALSE(accepts_track(test::live_track(1, "audio", 240))) << "pictures as sound";
  EXPECT_FALSE(accepts_track(test::live_track(2, "240p", 240))) << "out of order";
}

TEST_F(LiveCheckTest, BeginsWhereTheStreamHasGotTo) {
  spec_.live.first_media_time_us = 2'000'000;
  begin();
  EXPECT_FALSE(accepts_part({.index = 0}));
  EXPECT_EQ(rule_, "a track that begins elsewhere than it was told");
  EXPECT_TRUE(accepts_part({.index = 0, .shift = 2 * kLiveTimescale})) << rule_;
}

TEST_F(LiveCheckTest, RefusesAFloodOfNoticesButNotPartsOfAFrame) {
  begin();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(accepts(test::record(UpRecord::kNotice, Notice{})));
  EXPECT_FALSE(accepts(test::record(UpRecord::kNotice, Notice{})));
  EXPECT_TRUE(accepts(test::record(UpRecord::kNotice, Notice{}), 1s));
  uint32_t index = 0;
  int64_t shift = 0;
  while (index < 1000 && accepts_part({.index = index,
                                       .shift = shift,
                                       .frames = 1,
                                       .key = true,
                                       .flags = index % 4 == 0 ? uint8_t{3} : uint8_t{0}})) {
    ++index;
    shift = -static_cast<int64_t>((test::kPartDuration - test::kLiveFrame) * index);
  }
  EXPECT_EQ(index, 1000U) << "30 short parts a second are not a flood; " << rule_;
}

TEST_F(LiveCheckTest, RefusesWhatBelongsToJobsOfAnotherKind) {
  EXPECT_FALSE(accepts(test::record(UpRecord::kSeek, SeekRequest{.generation = 1})));
  begin();
  EXPECT_FALSE(accepts(test::fragment_record(0, test::fragment(0))));
  EXPECT_FALSE(accepts(test::record(UpRecord::kSourceLength, test::source_length(1))));
}

}  // namespace
}  // namespace millrace::media::worker
