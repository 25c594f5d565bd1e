#include "core/log_line.h"

#include <fmt/format.h>

#include <cstring>

#include "core/json_writer.h"
#include "core/limits.h"
#include "core/redact.h"
#include "core/rfc3339.h"
#include "core/utf8.h"

namespace millrace::core::log {
namespace {

/// Longer values are cut: 300 bytes hold a request's path, and three such fields fit in a line.
constexpr size_t kValueSizeMax = 300;

/// What is kept free for `,"truncated":true}` and the line feed.
constexpr size_t kTailSize = 20;

std::string describe(const Error& error) {
  const char* reason = error.os_errno != 0 ? strerrordesc_np(error.os_errno) : nullptr;
  return fmt::format("{}: {}", error.what,
                     reason != nullptr ? std::string_view(reason) : core::to_string(error.code));
}

bool may_stand_bare(std::string_view text) noexcept {
  bool ascii = true;
  for (const char c : text) {
    if (c == ' ' || c == '"' || c == '\'' || c == '=' || c == '\\') return false;
    ascii = ascii && c > ' ' && c < '\x7F';
  }
  return !text.empty() && (ascii || is_printable_utf8(text));
}

void append_string(std::string& line, LogFormat format, std::string_view value) {
  std::string redacted;
  if (value.find('=') != std::string_view::npos) {
    redacted = redact_query(value);
    value = redacted;
  }
  value = truncate_utf8(value, kValueSizeMax);
  if (format == LogFormat::kText && may_stand_bare(value)) {
    line += value;
  } else {
    append_json_string(line, value);
  }
}

void append_value(std::string& line, LogFormat format, const Field& field) {
  if (names_a_secret(field.name())) return append_string(line, format, kRedacted);
  if (const auto* text = std::get_if<std::string_view>(&field.value())) {
    append_string(line, format, *text);
  } else if (const auto* error = std::get_if<Error>(&field.value())) {
    append_string(line, format, describe(*error));
  } else {
    JsonWriter json(line);
    if (const auto* truth = std::get_if<bool>(&field.value())) json.value(*truth);
    if (const auto* real = std::get_if<double>(&field.value())) json.value(*real);
    if (const auto* number = std::get_if<int64_t>(&field.value())) json.value(*number);
    if (const auto* count = std::get_if<uint64_t>(&field.value())) json.value(*count);
  }
}

void append_field(std::string& line, LogFormat format, const Field& field) {
  if (format == LogFormat::kText) {
    line += ' ';
    line += field.name();
    line += '=';
  } else {
    line += ',';
    append_json_string(line, field.name());
    line += ':';
  }
  append_value(line, format, field);
}

}  // namespace

std::string_view to_string(Level level) noexcept {
  switch (level) {
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarning: return "warning";
    case Level::kError: return "error";
  }
  return "unknown";
}

void format_line(std::string& line, LogFormat format, const LineHead& head, Fields fields) {
  line.clear();
  const bool text = format == LogFormat::kText;
  line += text ? "" : R"({"time":")";
  append_rfc3339(line, head.time);
  line += text ? " " : R"(","level":")";
  line += to_string(head.level);
  line += text ? " " : R"(","event":")";
  line += head.name;
  line += text ? "" : "\"";
  bool truncated = false;
  for (const Field& field : fields) {
    const size_t size_before = line.size();
    append_field(line, format, field);
    if (line.size() > kLogLineSizeMax - kTailSize) {
      line.resize(size_before);
      truncated = true;
    }
  }
  if (truncated) line += text ? " truncated=true" : R"(,"truncated":true)";
  line += text ? "\n" : "}\n";
}

}  // namespace millrace::core::log
