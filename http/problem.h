// Errors on the wire: application/problem+json (RFC 9457).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/result.h"
#include "http/response.h"

namespace millrace::http {

/// The status that tells a client about `code`. 503 where the same request may succeed later.
int status_of(core::ErrorCode code) noexcept;
int status_of(const core::Error& error) noexcept;

/// A member beside type, title, status and detail (RFC 9457, 3.2). `json` is one whole JSON value.
struct ProblemMember {
  std::string_view name;
  std::string json;
};

/// `title` is the same for every occurrence of the problem, `detail` is about this one. Answers of
/// 503 carry Retry-After; none is cached.
Response problem(int status, std::string_view title, std::string_view detail = {},
                 std::span<const ProblemMember> members = {});

/// `Error::what` becomes the detail of a 4xx. A 5xx shows its status only: what failed inside goes
/// to the log.
Response problem(const core::Error& error);

}  // namespace millrace::http
