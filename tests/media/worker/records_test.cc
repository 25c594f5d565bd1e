#include "media/worker/records.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/media/worker/sample_records.h"

namespace millrace::media::worker {
namespace {

using Bytes = std::span<const std::byte>;

/// What was encoded is read back equal; with a byte missing or one too many it is refused.
template <class T, class Parse>
void expect_round_trip(const T& value, Parse parse) {
  const WireWriter wire = encode(value);
  const auto parsed = parse(wire.view());
  ASSERT_TRUE(parsed) << parsed.error().what;
  EXPECT_EQ(*parsed, value);
  for (size_t size = 0; size < wire.view().size(); ++size) {
    EXPECT_FALSE(parse(wire.view().first(size))) << "accepted " << size << " bytes";
  }
  std::vector<std::byte> longer(wire.view().begin(), wire.view().end());
  longer.push_back(std::byte{0});
  EXPECT_FALSE(parse(Bytes(longer)));
}

TEST(Records, CarryAJobUnchanged) { expect_round_trip(test::transcode_spec(), parse_job); }

TEST(Records, CarryEveryReportUnchanged) {
  expect_round_trip(SeekRequest{.generation = 3, .offset = 1 << 20}, parse_seek);
  expect_round_trip(test::probe_report(), parse_probe);
  expect_round_trip(test::source_length(9), parse_source_length);
  expect_round_trip(test::track_report(), parse_track);
  expect_round_trip(Progress{.fraction = 0.5, .fps = 61.5, .speed = 2, .seconds_left = 30},
                    parse_progress);
  expect_round_trip(ValidationReport{.frame_count = 9, .duration_us = 8, .decode_error_count = 7},
                    parse_validation);
  expect_round_trip(LogLine{.level = LogLevel::kWarning, .text = "früh"}, parse_log);
  expect_round_trip(JobFailure{.reason = FailureReason::kTruncated, .detail = "no moov"},
                    parse_failure);
}

TEST(Records, RefuseNumbersThatNoPlayerCouldShow) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(parse_progress(encode(Progress{.fraction = nan}).view()));
  EXPECT_FALSE(parse_progress(encode(Progress{.fraction = 1.1}).view()));
  EXPECT_FALSE(parse_progress(encode(Progress{.fps = -1}).view()));
  auto probe = test::probe_report();
  probe.frame_rate_den = 0;
  EXPECT_FALSE(parse_probe(encode(probe).view()));
}

TEST(Records, RefuseTextThatCouldForgeALogLineOrIsNotUtf8) {
  EXPECT_FALSE(parse_log(encode(LogLine{.text = "a\nb"}).view()));
  EXPECT_FALSE(parse_log(encode(LogLine{.text = "\xff"}).view()));
  EXPECT_FALSE(parse_log(encode(LogLine{.text = std::string(kLogTextSizeMax + 1, 'a')}).view()));
}

TEST(Records, RefuseAFailureWithoutAReason) {
  WireWriter wire;
  wire.u8(200);
  wire.text("");
  EXPECT_FALSE(parse_failure(wire.view()));
}

TEST(Records, RefuseAnImageThatIsNotAJpeg) {
  std::vector<std::byte> jpeg = {std::byte{0xFF}, std::byte{0xD8}, std::byte{0xFF},
                                 std::byte{0xD9}};
  ImageReport image{.tile_width = 320, .tile_height = 180, .jpeg = jpeg};
  EXPECT_TRUE(parse_image(encode(image).view()));
  image.tile_count = 2;
  EXPECT_FALSE(parse_image(encode(image).view())) << "more tiles than the sheet has places";
  image.tile_count = 1;
  jpeg[0] = std::byte{'<'};
  EXPECT_FALSE(parse_image(encode(image).view()));
}

}  // namespace
}  // namespace millrace::media::worker
