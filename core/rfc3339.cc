#include "core/rfc3339.h"

#include <fmt/format.h>

#include "core/civil_time.h"

namespace millrace::core {
namespace {

namespace chrono = std::chrono;

/// `.` and at least one digit, in nanoseconds.
int scan_fraction(DateScan& scan) {
  if (!scan.accept('.')) return 0;
  int nanoseconds = scan.digits(1);
  for (int place = 1; place < 9; ++place) {
    nanoseconds = nanoseconds * 10 + (scan.digit_follows() ? scan.digits(1) : 0);
  }
  while (scan.digit_follows()) scan.digits(1);
  return nanoseconds;
}

/// `Z` or `+02:00`: what is to be taken off to get UTC.
chrono::minutes scan_offset(DateScan& scan) {
  if (scan.accept('Z') || scan.accept('z')) return chrono::minutes(0);
  const bool east = scan.accept('+');
  if (!east) scan.literal("-");
  const int hours = scan.digits(2);
  scan.literal(":");
  const int minutes = scan.digits(2);
  if (hours > 23 || minutes > 59) scan.reject();
  return chrono::minutes((east ? 1 : -1) * (hours * 60 + minutes));
}

}  // namespace

std::string format_rfc3339(chrono::system_clock::time_point time) {
  const CivilTime civil = to_civil_time(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", civil.year, civil.month,
                     civil.day, civil.hour, civil.minute, civil.second,
                     civil.nanosecond / 1'000'000);
}

Result<chrono::system_clock::time_point> parse_rfc3339(std::string_view text) {
  DateScan scan(text);
  CivilTime civil;
  civil.year = scan.digits(4);
  scan.literal("-");
  civil.month = scan.digits(2);
  scan.literal("-");
  civil.day = scan.digits(2);
  if (!scan.accept('T') && !scan.accept('t')) scan.literal(" ");
  civil.hour = scan.digits(2);
  scan.literal(":");
  civil.minute = scan.digits(2);
  scan.literal(":");
  civil.second = scan.digits(2);
  civil.nanosecond = scan_fraction(scan);
  const chrono::minutes offset = scan_offset(scan);
  if (!scan.complete()) return fail(ErrorCode::kMalformed, "not an RFC 3339 date");
  const auto local = to_system_time(civil);
  if (!local) return local;
  return *local - offset;
}

}  // namespace millrace::core
