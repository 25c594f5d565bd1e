#include "core/units.h"

#include <gtest/gtest.h>

namespace millrace::core {
namespace {

using std::chrono::milliseconds;

TEST(Units, ReadsDurations) {
  EXPECT_EQ(parse_duration("250ms"), milliseconds(250));
  EXPECT_EQ(parse_duration("10 s"), milliseconds(10'000));
  EXPECT_EQ(parse_duration("2min"), milliseconds(120'000));
  EXPECT_EQ(parse_duration("24h"), parse_duration("1d"));
  EXPECT_EQ(parse_duration("0s"), milliseconds(0));
}

TEST(Units, ReadsSizesInPowersOfTwoAndBitratesInPowersOfTen) {
  EXPECT_EQ(parse_byte_count("16KiB"), 16_KiB);
  EXPECT_EQ(parse_byte_count("3 GiB"), 3_GiB);
  EXPECT_EQ(parse_byte_count("7B"), ByteCount{7});
  EXPECT_EQ(parse_bitrate("4500kbps"), 4'500'000U);
  EXPECT_EQ(parse_bitrate("4Mbps"), 4'000'000U);
}

TEST(Units, RefusesWhatHasNoUnitOrTooMuch) {
  for (const std::string_view text :
       {"", "10", "s", "-1s", "+1s", "1.5s", "1  s", " 1s", "1s ", "1S", "1m", "99999999999999999d",
        "18446744073709551616ms"}) {
    EXPECT_FALSE(parse_duration(text).has_value()) << text;
  }
  for (const std::string_view text : {"1", "1KB", "1kib", "1G", "9000000000TiB"}) {
    EXPECT_FALSE(parse_byte_count(text).has_value()) << text;
  }
  for (const std::string_view text : {"1", "1kbit", "5000Mbps"}) {
    EXPECT_FALSE(parse_bitrate(text).has_value()) << text;
  }
}

TEST(Units, WritesTheLargestUnitThatNeedsNoFraction) {
  EXPECT_EQ(format_duration(milliseconds(1500)), "1500ms");
  EXPECT_EQ(format_duration(milliseconds(90'000)), "90s");
  EXPECT_EQ(format_duration(std::chrono::hours(48)), "2d");
  EXPECT_EQ(format_duration(milliseconds(0)), "0ms");
  EXPECT_EQ(format_byte_count(64_MiB), "64MiB");
  EXPECT_EQ(format_byte_count(ByteCount{1025}), "1025B");
  EXPECT_EQ(format_bitrate(4'500'000), "4500kbps");
  EXPECT_EQ(format_bitrate(5'000'000), "5Mbps");
}

}  // namespace
}  // namespace millrace::core
