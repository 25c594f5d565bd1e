#include "core/civil_time.h"

namespace millrace::core {

namespace chrono = std::chrono;

CivilTime to_civil_time(chrono::system_clock::time_point time) noexcept {
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss clock(chrono::floor<chrono::nanoseconds>(time - day));
  return {.year = static_cast<int>(date.year()),
          .month = static_cast<int>(static_cast<unsigned>(date.month())),
          .day = static_cast<int>(static_cast<unsigned>(date.day())),
          .hour = static_cast<int>(clock.hours().count()),
          .minute = static_cast<int>(clock.minutes().count()),
          .second = static_cast<int>(clock.seconds().count()),
          .nanosecond = static_cast<int>(clock.subseconds().count()),
          .weekday = chrono::weekday(day).c_encoding()};
}

Result<chrono::system_clock::time_point> to_system_time(const CivilTime& civil) noexcept {
  const chrono::year_month_day date(chrono::year(civil.year),
                                    chrono::month(static_cast<unsigned>(civil.month)),
                                    chrono::day(static_cast<unsigned>(civil.day)));
  if (civil.year < 1678 || civil.year > 2261 || !date.ok()) {
    return fail(ErrorCode::kMalformed, "no such date");
  }
  if (civil.hour > 23 || civil.minute > 59 || civil.second > 60) {
    return fail(ErrorCode::kMalformed, "no such time of day");
  }
  return chrono::sys_days(date) + chrono::hours(civil.hour) + chrono::minutes(civil.minute) +
         chrono::seconds(civil.second) + chrono::nanoseconds(civil.nanosecond);
}

int DateScan::digits(size_t count) noexcept {
  int number = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!digit_follows()) {
      failed_ = true;
      return 0;
    }
    number = number * 10 + (rest_.front() - '0');
    rest_.remove_prefix(1);
  }
  return number;
}

void DateScan::literal(std::string_view expected) noexcept {
  if (rest_.starts_with(expected)) {
    rest_.remove_prefix(expected.size());
  } else {
    failed_ = true;
  }
}

size_t DateScan::one_of(std::span<const std::string_view> names) noexcept {
  for (size_t i = 0; i < names.size(); ++i) {
    if (rest_.starts_with(names[i])) {
      rest_.remove_prefix(names[i].size());
      return i;
    }
  }
  failed_ = true;
  return 0;
}

bool DateScan::accept(char c) noexcept {
  if (!rest_.starts_with(c)) return false;
  rest_.remove_prefix(1);
  return true;
}

bool DateScan::digit_follows() const noexcept {
  return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
}

}  // namespace millrace::core
