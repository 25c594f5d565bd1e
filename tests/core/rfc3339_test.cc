#include "core/rfc3339.h"

#include <gtest/gtest.h>

namespace millrace::core {
namespace {

using std::chrono::system_clock;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""ns;

constexpr system_clock::time_point at(int64_t unix_seconds) {
  return system_clock::time_point(std::chrono::seconds(unix_seconds));
}

TEST(FormatRfc3339, WritesUtcWithMilliseconds) {
  EXPECT_EQ(format_rfc3339(at(1767225600)), "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339(at(1767225600) - 1ns), "2025-12-31T23:59:59.999Z");
}

TEST(ParseRfc3339, ReadsTheExamplesOfTheRfc) {  // RFC 3339, 5.8
  EXPECT_EQ(parse_rfc3339("1985-04-12T23:20:50.52Z").value(), at(482196050) + 520ms);
  EXPECT_EQ(parse_rfc3339("1996-12-19T16:39:57-08:00").value(), at(851042397));
  EXPECT_EQ(parse_rfc3339("1937-01-01T12:00:27.87+00:20").value(), at(-1041337173) + 870ms);
  EXPECT_EQ(parse_rfc3339("1990-12-31T23:59:60Z").value(), at(662688000));
}

TEST(ParseRfc3339, ReadsBackWhatItWrites) {
  const auto time = at(1767225599) + 250ms;
  EXPECT_EQ(parse_rfc3339(format_rfc3339(time)).value(), time);
}

TEST(ParseRfc3339, DropsDigitsBeyondNanoseconds) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00.1234567899Z").value(), at(0) + 123456789ns);
}

TEST(ParseRfc3339, RefusesWhatIsNoDate) {
  for (const std::string_view text :
       {"", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00Z", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2026-01-01T25:00:00Z", "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+0100", "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00Zx",
        "26-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "9999-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace millrace::core
