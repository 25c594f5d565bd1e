#include "media/library/track_check.h"

#include <gtest/gtest.h>

#include "tests/media/vod/presentations.h"

namespace millrace::media::library {
namespace {

using test::audio_index;
using test::video_index;
using worker::ValidationReport;

/// What a decoder says about video_index(5): 10 s at 30 fps.
ValidationReport ten_seconds() { return {.duration_us = 10'000'000, .key_frame_count = 5}; }

/// The detail of the refusal; "accepted" where there is none.
std::string verdict(const track::TrackIndex& index, const ValidationReport& decoded,
                    uint64_t bitrate_bps_max = 450'000) {
  const worker::JobResult result =
      check_track(index, decoded, {.bitrate_bps_max = bitrate_bps_max});
  if (result) return "accepted";
  EXPECT_EQ(result.error().reason, worker::FailureReason::kInvalidOutput);
  return result.error().detail;
}

TEST(CheckTrack, AcceptsWhatADecoderReadsAsTheIndexSays) {
  EXPECT_EQ(verdict(video_index(5), ten_seconds()), "accepted");
}

TEST(CheckTrack, RefusesFramesThatDoNotDecode) {
  ValidationReport decoded = ten_seconds();
  decoded.decode_error_count = 3;
  EXPECT_EQ(verdict(video_index(5), decoded), "3 frames do not decode");
}

TEST(CheckTrack, AllowsOneFrameOfDifferenceInLengthAndNoMore) {
  ValidationReport decoded = ten_seconds();
  decoded.duration_us = 10'033'333;
  EXPECT_EQ(verdict(video_index(5), decoded), "accepted");
  decoded.duration_us = 9'966'667;
  EXPECT_EQ(verdict(video_index(5), decoded), "accepted");
  decoded.duration_us = 10'066'667;
  EXPECT_EQ(verdict(video_index(5), decoded), "its index says 10.000 s, a decoder finds 10.067 s");
}

TEST(CheckTrack, AllowsOnePacketOfSoundMoreOrLess) {
  // 188 packets of 1,024 samples, the first of them priming: 3.9893 s. One packet is 21.3 ms.
  const auto index = audio_index(2);
  EXPECT_EQ(verdict(index, {.duration_us = 3'989'333 + 21'300}), "accepted");
  EXPECT_EQ(verdict(index, {.duration_us = 3'989'333 - 21'300}), "accepted");
  EXPECT_EQ(verdict(index, {.duration_us = 3'989'333 + 43'000}),
            "its index says 3.989 s, a decoder finds 4.032 s");
}

TEST(CheckTrack, RefusesAFragmentWithoutAKeyFrameAtItsStart) {
  ValidationReport decoded = ten_seconds();
  decoded.key_frame_count = 4;
  EXPECT_EQ(verdict(video_index(5), decoded), "4 key frames in 5 fragments");
}

TEST(CheckTrack, RefusesABitRateOverWhatWasAskedFor) {
  EXPECT_TRUE(verdict(video_index(5), ten_seconds(), 300'000).ends_with("300000 were asked for"));
}

TEST(CheckTrack, DoesNotJudgeTheBitRateOfAShortClip) {
  EXPECT_EQ(verdict(video_index(1), {.duration_us = 2'000'000, .key_frame_count = 1}, 1),
            "accepted");
}

std::string length(const track::TrackIndex& index, const worker::SourceLength& source,
                   double frames_a_second = 30) {
  const worker::JobResult result =
      check_source_length(index, {.length = source, .picture_frame_seconds = 1 / frames_a_second});
  if (result) return "as long";
  EXPECT_EQ(result.error().reason, worker::FailureReason::kInvalidOutput);
  return result.error().detail;
}

TEST(CheckSourceLength, AllowsOneFrameMoreOrLess) {
  EXPECT_EQ(length(video_index(5), {.video_us = 10'033'333}), "as long");
  EXPECT_EQ(length(video_index(5), {.video_us = 9'966'667}), "as long");
  EXPECT_EQ(length(video_index(5), {.video_us = 10'040'000}), "10.000 s long, made of 10.040 s");
  EXPECT_EQ(length(video_index(5), {.video_us = 9'960'000}), "10.000 s long, made of 9.960 s");
}

TEST(CheckSourceLength, MeasuresSoundWithoutItsPriming) {
  const auto index = audio_index(2);  // 4.0107 s, of which 3.9893 s are heard.
  EXPECT_EQ(length(index, {.audio_us = 3'968'500}), "as long");
  EXPECT_EQ(length(index, {.audio_us = 4'010'600}), "as long");
  EXPECT_EQ(length(index, {.audio_us = 4'032'000}), "3.989 s long, made of 4.032 s");
}

TEST(CheckSourceLength, HoldsSoundThatIsShorterOrALittleLongerToThePicture) {
  const auto sound = audio_index(5);  // 10.005 s
  EXPECT_EQ(length(sound, {.video_us = 10'000'000, .audio_us = 7'000'000}), "as long");
  EXPECT_EQ(length(sound, {.video_us = 10'000'000, .audio_us = 10'300'000}), "as long");
  EXPECT_EQ(length(sound, {.video_us = 7'000'000, .audio_us = 7'200'000}),
            "10.005 s long, made of 7.000 s");
}

TEST(CheckSourceLength, LetsSoundEndOnTheGridOfASlowPicture) {
  const auto sound = audio_index(5);  // 10.005 s
  const worker::SourceLength source{.video_us = 9'973'000, .audio_us = 9'990'000};
  EXPECT_EQ(length(sound, source, 15), "as long");
  EXPECT_EQ(length(sound, source, 60), "10.005 s long, made of 9.973 s");
  EXPECT_EQ(length(sound, {.audio_us = 9'963'000}, 15), "10.005 s long, made of 9.963 s");
}

TEST(CheckSourceLength, DoesNotBelieveInPicturesOfASecond) {
  EXPECT_EQ(length(audio_index(5), {.video_us = 9'500'000}, 1), "10.005 s long, made of 9.500 s");
}

TEST(CheckSourceLength, LetsSoundThatOutlastsThePictureDrift) {
  const worker::SourceLength source{.video_us = 7'000'000, .audio_us = 10'050'000};
  EXPECT_EQ(length(audio_index(5), source), "as long");
  EXPECT_EQ(length(video_index(5), source), "as long");
}

TEST(CheckSourceLength, HoldsThePictureToSoundThatOutlastsIt) {
  EXPECT_EQ(length(video_index(5), {.video_us = 7'000'000, .audio_us = 10'010'000}), "as long");
  EXPECT_EQ(length(video_index(5), {.video_us = 10'000'000, .audio_us = 12'000'000}),
            "10.000 s long, made of 12.000 s");
}

TEST(CheckSourceLength, LeavesTheWorkerTheChoiceAtTheLimitOfTheOverhang) {
  const worker::SourceLength source{.video_us = 10'000'000, .audio_us = 10'520'000};
  EXPECT_EQ(length(video_index(5), source), "as long");
  EXPECT_EQ(length(video_index(5, 16), source), "as long");  // 10.533 s
  EXPECT_EQ(length(video_index(5, 8), source), "10.267 s long, made of 10.000 s");
}

std::string alignment(const track::TrackIndex& one, const track::TrackIndex& other) {
  const worker::JobResult result = check_aligned(one, other);
  return result ? "aligned" : result.error().detail;
}

TEST(CheckAligned, AcceptsTracksThatAreCutAtTheSameInstants) {  // SG-01, PL-24
  EXPECT_EQ(alignment(video_index(5, 7), video_index(5, 7)), "aligned");
}

TEST(CheckAligned, ComparesInstantsAndNotTicks) {
  fmp4::TrackFormat format = test::h264_180p();
  format.timescale *= 2;
  format.frame_duration *= 2;
  const auto finer = test::made_up_track(format, 3, 60, format.frame_duration).index;
  EXPECT_EQ(alignment(video_index(3), finer), "aligned");
}

TEST(CheckAligned, RefusesAnotherNumberOfFragments) {
  EXPECT_EQ(alignment(video_index(5), video_index(4)), "5 fragments beside 4");
}

TEST(CheckAligned, RefusesACutAtAnotherInstant) {
  EXPECT_EQ(alignment(video_index(4, 10), video_index(4, 11)),
            "fragment 4 ends at another instant");
}

}  // namespace
}  // namespace millrace::media::library
