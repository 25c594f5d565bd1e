#include "media/worker/report_check.h"

#include <gtest/gtest.h>

#include "tests/media/worker/sample_records.h"

namespace millrace::media::worker {
namespace {

class ReportCheckTest : public ::testing::Test {
 protected:
  bool accepts(const core::ShmRecord& record) {
    const auto report = check_.accept(record);
    rule_ = report ? "" : report.error().what;
    return report.has_value();
  }
  void begin_track() {
    ASSERT_TRUE(accepts(test::record(UpRecord::kProbe, test::probe_report()))) << rule_;
    ASSERT_TRUE(accepts(test::record(UpRecord::kTrack, test::track_report()))) << rule_;
  }
  bool accepts_track(auto change) {
    auto report = test::track_report();
    change(report);
    return accepts(test::record(UpRecord::kTrack, report));
  }
  bool accepts_fragment(const test::FragmentShape& shape) {
    return accepts(test::fragment_record(0, test::fragment(shape)));
  }

  JobSpec spec_ = test::transcode_spec();
  ReportCheck check_{spec_};
  std::string rule_;
};

TEST_F(ReportCheckTest, AcceptsWhatAnHonestWorkerSends) {
  EXPECT_TRUE(accepts(test::record(UpRecord::kSeek, SeekRequest{.generation = 1, .offset = 0})));
  begin_track();
  for (uint32_t i = 0; i < 5; ++i) {
    EXPECT_TRUE(accepts(test::fragment_record(0, test::fragment(i)))) << rule_;
  }
  EXPECT_TRUE(accepts(test::record(UpRecord::kSourceLength, test::source_length(5)))) << rule_;
  EXPECT_TRUE(accepts(test::track_done_record(0)));
  EXPECT_TRUE(accepts(test::record(UpRecord::kDone)));
}

TEST_F(ReportCheckTest, RefusesAGapAndAnOverlapInTime) {
  begin_track();
  ASSERT_TRUE(accepts(test::fragment_record(0, test::fragment(0))));
  EXPECT_FALSE(accepts_fragment({.index = 1, .decode_time = test::kFragmentDuration + 1}));
  EXPECT_FALSE(accepts_fragment({.index = 1, .decode_time = test::kFragmentDuration - 1}));
  EXPECT_EQ(rule_, "a gap or overlap between fragments");
}

TEST_F(ReportCheckTest, RefusesATrackThatDoesNotBeginAtZero) {
  begin_track();
  EXPECT_FALSE(accepts_fragment({.index = 0, .decode_time = 1}));
}

TEST_F(ReportCheckTest, RefusesAFragmentWithoutAKeyFrame) {
  begin_track();
  EXPECT_FALSE(accepts_fragment({.index = 0, .decode_time = 0, .key = false}));
}

TEST_F(ReportCheckTest, RefusesASkippedSequenceNumber) {
  begin_track();
  ASSERT_TRUE(accepts(test::fragment_record(0, test::fragment(0))));
  EXPECT_FALSE(accepts_fragment({.index = 2, .decode_time = test::kFragmentDuration}));
}

TEST_F(ReportCheckTest, RefusesBytesThatAreNoFragment) {
  begin_track();
  auto bytes = test::fragment(0);
  bytes.pop_back();
  EXPECT_FALSE(accepts(test::fragment_record(0, bytes)));
  EXPECT_FALSE(accepts(test::fragment_record(0, {})));
}

TEST_F(ReportCheckTest, RefusesAFragmentOfATrackThatDoesNotExistOrHasEnded) {
  begin_track();
  EXPECT_FALSE(accepts(test::fragment_record(1, test::fragment(0))));
  ASSERT_TRUE(accepts(test::fragment_record(0, test::fragment(0))));
  ASSERT_TRUE(accepts(test::record(UpRecord::kSourceLength, test::source_length(1))));
  ASSERT_TRUE(accepts(test::track_done_record(0)));
  EXPECT_FALSE(accepts(test::fragment_record(0, test::fragment(1))));
  EXPECT_FALSE(accepts(test::track_done_record(0)));
}

TEST_F(ReportCheckTest, RefusesATrackThatWouldFillTheDisk) {
  begin_track();
  uint32_t index = 0;
  // 2 s at 4.8 Mbit/s a fragment, where 0.6 was asked for.
  while (index < 1000 && accepts_fragment({.index = index,
                                           .decode_time = index * test::kFragmentDuration,
                                           .sample_size = 20'000})) {
    ++index;
  }
  EXPECT_EQ(rule_, "a track far over the bit rate that was asked for");
  EXPECT_LT(index, 20u);
}

TEST_F(ReportCheckTest, RefusesATrackLongerThanTheLimit) {
  spec_.limits.duration_ms_max = 1000;
  begin_track();
  uint32_t index = 0;
  while (index < 100 && accepts(test::fragment_record(0, test::fragment(index)))) ++index;
  EXPECT_EQ(index, 5u) << "1 s and 10 s of slack are 5 fragments of 2 s";
}

TEST_F(ReportCheckTest, RefusesWhatNobodyAskedFor) {
  auto probe = test::probe_report();
  probe.qualities = {"4320p"};
  EXPECT_FALSE(accepts(test::record(UpRecord::kProbe, probe)));
  EXPECT_FALSE(accepts(test::record(UpRecord::kValidation, ValidationReport{})));
  EXPECT_FALSE(accepts(test::record(UpRecord::kExportBytes)));
}

TEST_F(ReportCheckTest, RefusesATrackOfAnotherCodecSizeOrNumber) {
  ASSERT_TRUE(accepts(test::record(UpRecord::kProbe, test::probe_report())));
  EXPECT_FALSE(accepts_track(
      [](TrackReport& t) { t.init_segment = test::init_segment(fmp4::Codec::kVp9); }));
  EXPECT_FALSE(accepts_track(
      [](TrackReport& t) { t.init_segment = test::init_segment(fmp4::Codec::kH264, 1080); }));
  EXPECT_FALSE(accepts_track([](TrackReport& t) { t.track = 1; }));
  EXPECT_FALSE(accepts_track([](TrackReport& t) { t.quality = "audio-64k"; })) << "not planned";
  EXPECT_FALSE(accepts_track([](TrackReport& t) { t.init_segment.pop_back(); }));
  EXPECT_TRUE(accepts_track([](TrackReport&) {})) << rule_;
}

TEST_F(ReportCheckTest, RefusesASecondProbeAndATrackBeforeTheFirst) {
  EXPECT_FALSE(accepts(test::record(UpRecord::kTrack, test::track_report())));
  EXPECT_TRUE(accepts(test::record(UpRecord::kProbe, test::probe_report())));
  EXPECT_FALSE(accepts(test::record(UpRecord::kProbe, test::probe_report())));
}

TEST_F(ReportCheckTest, RefusesALengthOfTheSourceThatCannotBe) {
  const auto length = [](const SourceLength& value) {
    return test::record(UpRecord::kSourceLength, value);
  };
  EXPECT_FALSE(accepts(length(test::source_length(1))));
  EXPECT_EQ(rule_, "the source's length before the probe");
  ASSERT_TRUE(accepts(test::record(UpRecord::kProbe, test::probe_report())));
  EXPECT_FALSE(accepts(length({})));
  EXPECT_EQ(rule_, "a source of no length");
  EXPECT_FALSE(accepts(length({.video_us = 1, .audio_us = 1}))) << "it has no sound";
  EXPECT_FALSE(accepts(length({.video_us = kDurationUsMax + 1})));
  EXPECT_FALSE(accepts(length({.video_us = (spec_.limits.duration_ms_max + 11'000) * 1000})));
  EXPECT_EQ(rule_, "a source longer than the limit");
  EXPECT_TRUE(accepts(length(test::source_length(1)))) << rule_;
  EXPECT_FALSE(accepts(length(test::source_length(1)))) << "once";
}

TEST_F(ReportCheckTest, RefusesTheEndOfATrackBeforeTheLengthOfTheSource) {
  begin_track();
  ASSERT_TRUE(accepts(test::fragment_record(0, test::fragment(0))));
  EXPECT_FALSE(accepts(test::track_done_record(0)));
  EXPECT_EQ(rule_, "the end of a track before the length of the source");
}

TEST_F(ReportCheckTest, RefusesToBeDoneBeforeEveryPlannedTrackHasEnded) {
  EXPECT_FALSE(accepts(test::record(UpRecord::kDone)));
  begin_track();
  ASSERT_TRUE(accepts(test::fragment_record(0, test::fragment(0))));
  EXPECT_FALSE(accepts(test::record(UpRecord::kDone)));
}

TEST_F(ReportCheckTest, RefusesAnythingAfterTheVerdict) {
  ASSERT_TRUE(accepts(test::record(UpRecord::kFailed, JobFailure{FailureReason::kTruncated, ""})));
  EXPECT_FALSE(accepts(test::record(UpRecord::kProgress, Progress{})));
}

TEST_F(ReportCheckTest, RefusesAVerdictThatIsTheServers) {
  EXPECT_FALSE(accepts(test::record(UpRecord::kFailed, JobFailure{FailureReason::kCancelled, ""})));
}

TEST_F(ReportCheckTest, RefusesASeekOutOfOrderOrPastTheEnd) {
  EXPECT_FALSE(accepts(test::record(UpRecord::kSeek, SeekRequest{.generation = 2})));
  EXPECT_FALSE(accepts(test::record(
      UpRecord::kSeek, SeekRequest{.generation = 1, .offset = spec_.source_size + 1})));
}

TEST_F(ReportCheckTest, RefusesAFloodOfLogLines) {
  uint32_t count = 0;
  while (count < 100'000 && accepts(test::record(UpRecord::kLog, LogLine{.text = "x"}))) ++count;
  EXPECT_EQ(count, 1000u);
}

TEST_F(ReportCheckTest, RefusesAFloodOfSignsOfLife) {
  using namespace std::chrono_literals;
  const auto accepted_at = [this](std::chrono::nanoseconds job_age) {
    ReportCheck check(spec_);
    const auto alive = test::record(UpRecord::kAlive);
    const auto progress = test::record(UpRecord::kProgress, Progress{});
    uint32_t count = 0;
    while (count < 100'000 && check.accept(count % 2 == 0 ? alive : progress, job_age)) ++count;
    return count;
  };
  EXPECT_EQ(accepted_at(0s), 2000u);
  EXPECT_EQ(accepted_at(1h), 74'000u) << "20 a second for an hour, and those at once";
}

TEST_F(ReportCheckTest, RefusesARecordOfUnknownType) {
  EXPECT_FALSE(accepts({.type = 0, .payload = {}}));
  EXPECT_FALSE(accepts({.type = 0xFFFF'FFFF, .payload = {}}));
}

}  // namespace
}  // namespace millrace::media::worker
