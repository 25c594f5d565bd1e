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

void append_rfc3339(std::string& out, chrono::system_clock::time_point time) {
  constexpr size_t kToTheSecond = std::string_view("2026-01-01T00:00:00").size();
  thread_local chrono::sys_seconds second_of_text = chrono::sys_seconds::max();
  thread_local std::string text;
  const auto second = chrono::floor<chrono::seconds>(time);
  if (second != second_of_text) {
    second_of_text = second;
    text = format_rfc3339(second).substr(0, kToTheSecond);
  }
  const auto ms = chrono::floor<chrono::milliseconds>(time - second).count();
  const char fraction[] = {'.', static_cast<char>('0' + ms / 100),
                           static_cast<char>('0' + ms / 10 % 10),
                           static_cast<char>('0' + ms % 10), 'Z'};
  out += text;
  out.append(fraction, sizeof fraction);
}

}  // namespace millrace::core
