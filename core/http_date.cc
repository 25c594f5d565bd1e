#include "core/http_date.h"

#include <array>

#include <fmt/format.h>

#include "core/civil_time.h"

namespace millrace::core {
namespace {

namespace chrono = std::chrono;
using TimePoint = chrono::system_clock::time_point;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

void scan_clock(DateScan& scan, CivilTime& civil) {
  civil.hour = scan.digits(2);
  scan.literal(":");
  civil.minute = scan.digits(2);
  scan.literal(":");
  civil.second = scan.digits(2);
}

int scan_month(DateScan& scan) { return static_cast<int>(scan.one_of(kMonths)) + 1; }

Result<TimePoint> finish(const DateScan& scan, const CivilTime& civil) {
  if (!scan.complete()) return fail(ErrorCode::kMalformed, "not an HTTP date");
  return to_system_time(civil);
}

/// Sun, 06 Nov 1994 08:49:37 GMT
Result<TimePoint> parse_imf_fixdate(std::string_view text) {
  DateScan scan(text);
  CivilTime civil;
  scan.one_of(kDays);
  scan.literal(", ");
  civil.day = scan.digits(2);
  scan.literal(" ");
  civil.month = scan_month(scan);
  scan.literal(" ");
  civil.year = scan.digits(4);
  scan.literal(" ");
  scan_clock(scan, civil);
  scan.literal(" GMT");
  return finish(scan, civil);
}

/// Sunday, 06-Nov-94 08:49:37 GMT
Result<TimePoint> parse_rfc850_date(std::string_view text, TimePoint now) {
  DateScan scan(text);
  CivilTime civil;
  scan.one_of(kLongDays);
  scan.literal(", ");
  civil.day = scan.digits(2);
  scan.literal("-");
  civil.month = scan_month(scan);
  scan.literal("-");
  // "more than 50 years in the future" means the same two digits in the past (RFC 9110, 5.6.7).
  const int this_year = to_civil_time(now).year;
  civil.year = this_year - this_year % 100 + 100 + scan.digits(2);
  while (civil.year > this_year + 50) civil.year -= 100;
  scan.literal(" ");
  scan_clock(scan, civil);
  scan.literal(" GMT");
  return finish(scan, civil);
}

/// Sun Nov  6 08:49:37 1994
Result<TimePoint> parse_asctime_date(std::string_view text) {
  DateScan scan(text);
  CivilTime civil;
  scan.one_of(kDays);
  scan.literal(" ");
  civil.month = scan_month(scan);
  scan.literal(" ");
  civil.day = scan.accept(' ') ? scan.digits(1) : scan.digits(2);
  scan.literal(" ");
  scan_clock(scan, civil);
  scan.literal(" ");
  civil.year = scan.digits(4);
  return finish(scan, civil);
}

}  // namespace

std::string format_http_date(TimePoint time) {
  const CivilTime civil = to_civil_time(time);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[civil.weekday], civil.day,
                     kMonths[static_cast<size_t>(civil.month - 1)], civil.year, civil.hour,
                     civil.minute, civil.second);
}

Result<TimePoint> parse_http_date(std::string_view text, TimePoint now) {
  if (text.size() > 3 && text[3] == ',') return parse_imf_fixdate(text);
  if (text.size() > 3 && text[3] == ' ') return parse_asctime_date(text);
  return parse_rfc850_date(text, now);
}

}  // namespace millrace::core
