// Dates in HTTP header fields (RFC 9110, 5.6.7).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/result.h"

namespace millrace::core {

/// IMF-fixdate, e.g. `Sun, 06 Nov 1994 08:49:37 GMT`; 29 characters. Rounds down to a second.
std::string format_http_date(std::chrono::system_clock::time_point time);

/// Reads IMF-fixdate and the two obsolete forms (RFC 850, asctime). The day of the week must be a
/// name but need not be right. `now` resolves two-digit years. Errors: kMalformed,
/// also for years that system_clock cannot hold (before 1678, after 2261).
Result<std::chrono::system_clock::time_point> parse_http_date(
    std::string_view text,
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

}  // namespace millrace::core
