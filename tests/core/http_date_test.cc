#include "core/http_date.h"

#include <gtest/gtest.h>

namespace millrace::core {
namespace {

using std::chrono::system_clock;
using std::chrono_literals::operator""ms;

constexpr system_clock::time_point at(int64_t unix_seconds) {
  return system_clock::time_point(std::chrono::seconds(unix_seconds));
}

constexpr auto kExample = at(784111777);  // The date that RFC 9110, 5.6.7 uses throughout.

TEST(FormatHttpDate, WritesImfFixdate) {
  EXPECT_EQ(format_http_date(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date(kExample + 999ms), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date(at(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(format_http_date(at(-1)), "Wed, 31 Dec 1969 23:59:59 GMT");
  EXPECT_EQ(format_http_date(at(1709164800)), "Thu, 29 Feb 2024 00:00:00 GMT");
}

TEST(ParseHttpDate, ReadsAllThreeForms) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").value(), kExample);
  EXPECT_EQ(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT").value(), kExample);
  EXPECT_EQ(parse_http_date("Sun Nov  6 08:49:37 1994").value(), kExample);
}

TEST(ParseHttpDate, TakesTwoDigitYearsOver50YearsAheadAsPast) {
  const auto now = parse_http_date("Fri, 01 May 2026 00:00:00 GMT").value();
  EXPECT_EQ(format_http_date(parse_http_date("Friday, 01-May-76 00:00:00 GMT", now).value()),
            "Fri, 01 May 2076 00:00:00 GMT");
  EXPECT_EQ(format_http_date(parse_http_date("Friday, 01-May-77 00:00:00 GMT", now).value()),
            "Sun, 01 May 1977 00:00:00 GMT");
  EXPECT_EQ(format_http_date(parse_http_date("Friday, 01-May-00 00:00:00 GMT", now).value()),
            "Mon, 01 May 2000 00:00:00 GMT");
}

TEST(ParseHttpDate, RefusesWhatIsNoDate) {
  for (const std::string_view text :
       {"", "0", "yesterday", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT", "Son, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 9999 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT", "Sun,"}) {
    EXPECT_FALSE(parse_http_date(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace millrace::core
