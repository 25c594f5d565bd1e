// Conditional requests (RFC 9110, 13).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/method.h"

namespace millrace::http {

/// What a response says about the version of its body.
struct Validators {
  std::string_view etag;  ///< As in the field: `"abc"` or `W/"abc"`; "" when there is none.
  std::optional<std::chrono::system_clock::time_point> last_modified;
};

/// The conditional fields of a request, "" when absent.
struct Conditions {
  std::string_view if_match;
  std::string_view if_none_match;
  std::string_view if_modified_since;
  std::string_view if_unmodified_since;
  std::string_view if_range;
};

enum class Verdict : uint8_t { kProceed, kNotModified, kPreconditionFailed };

/// In the order of RFC 9110, 13.2.2. For responses that would be 2xx without conditions; a date
/// that does not parse is no condition.
Verdict evaluate(Method method, const Conditions& conditions,
                 const Validators& validators) noexcept;

/// Whether Range may be honoured: If-Range is absent, or is exactly the strong ETag, or exactly the
/// Last-Modified date (RFC 9110, 13.1.5). Weak tags never match.
bool range_applies(std::string_view if_range, const Validators& validators) noexcept;

/// Any tag of the list equals `etag` when W/ is disregarded, or the list is `*`.
bool weakly_matches(std::string_view list, std::string_view etag) noexcept;
/// Any tag of the list equals `etag` and both are strong, or the list is `*`.
bool strongly_matches(std::string_view list, std::string_view etag) noexcept;

}  // namespace millrace::http
