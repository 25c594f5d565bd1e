// How an event of the log looks as text.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/log.h"

namespace millrace::core::log {

struct LineHead {
  std::chrono::system_clock::time_point time;
  Level level = Level::kInfo;
  std::string_view name;
};

std::string_view to_string(Level level) noexcept;

/// Replaces `line` by the event, with its line feed, in at most kLogLineSizeMax bytes. A long value
/// is cut; a field that does not fit is left out and `truncated=true` says so. The line is valid
/// UTF-8 without control characters, in JSON format one object, whatever the fields hold.
void format_line(std::string& line, LogFormat format, const LineHead& head, Fields fields);

}  // namespace millrace::core::log
