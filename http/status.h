// Status codes.
#pragma once

#include <string_view>

namespace millrace::http {

/// "Partial Content" for 206; "Unknown" for codes that this server never sends.
std::string_view reason_phrase(int status) noexcept;

/// 1xx, 204 and 304 end with their header (RFC 9112, 6.3).
constexpr bool may_have_body(int status) noexcept {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace millrace::http
