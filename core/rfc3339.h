// Dates in JSON and in playlists (RFC 3339; EXT-X-PROGRAM-DATE-TIME).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/result.h"

namespace millrace::core {

/// UTC with milliseconds, e.g. `2026-03-01T12:00:00.250Z`; always 24 characters. Rounds down.
std::string format_rfc3339(std::chrono::system_clock::time_point time);

/// Appends the same; for logs: the calendar is worked out once a second, which is most of the cost.
void append_rfc3339(std::string& out, std::chrono::system_clock::time_point time);
/// Any offset, any number of fraction digits (those beyond nanoseconds are dropped). A leap second
/// is read as the second that follows it. Errors: kMalformed, also for
/// years that system_clock cannot hold (before 1678, after 2261).
Result<std::chrono::system_clock::time_point> parse_rfc3339(std::string_view text);

}  // namespace millrace::core
