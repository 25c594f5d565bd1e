// Calendar fields in UTC, what the date formats of HTTP and JSON are made of.
#pragma once

#include <chrono>
#include <span>
#include <string_view>

#include "core/result.h"

namespace millrace::core {

struct CivilTime {
  int year = 1970;
  int month = 1;  ///< 1 to 12
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;       ///< 60 in a leap second.
  int nanosecond = 0;
  unsigned weekday = 4;  ///< 0 is Sunday. Ignored by to_system_time().
};

CivilTime to_civil_time(std::chrono::system_clock::time_point time) noexcept;

/// Errors: kMalformed for a date or time of day that does not exist, or that system_clock cannot
/// hold (before 1678, after 2261).
Result<std::chrono::system_clock::time_point> to_system_time(const CivilTime& civil) noexcept;

/// Reads the fixed parts of a date from the front of a text. Once a part does not match, the scan
/// has failed and stays so; the caller asks once, at the end.
class DateScan {
 public:
  explicit DateScan(std::string_view text) noexcept : rest_(text) {}

  /// Exactly `count` digits.
  int digits(size_t count) noexcept;
  void literal(std::string_view expected) noexcept;
  /// The index of the name that comes next, among names of which none begins another.
  size_t one_of(std::span<const std::string_view> names) noexcept;
  /// Takes `c` if it comes next.
  bool accept(char c) noexcept;
  bool digit_follows() const noexcept;
  void reject() noexcept { failed_ = true; }

  /// Everything matched and nothing is left.
  bool complete() const noexcept { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

}  // namespace millrace::core
