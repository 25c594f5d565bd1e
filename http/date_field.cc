#include "http/date_field.h"

#include <chrono>
#include <string>

#include "core/http_date.h"

namespace millrace::http {

std::string_view date_at(core::UnixTime now) {
  thread_local std::chrono::sys_seconds second;
  thread_local std::string text;
  const auto current = std::chrono::floor<std::chrono::seconds>(now);
  if (text.empty() || current != second) {
    second = current;
    text = core::format_http_date(now);
  }
  return text;
}

}  // namespace millrace::http
