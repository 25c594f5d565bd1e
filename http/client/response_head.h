// The head of an HTTP/1.1 response, as a client reads it (RFC 9112).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "http/limits.h"
#include "http/method.h"
#include "http/request_head.h"

namespace millrace::http {

struct ResponseHead {
  int status = 0;
  RequestFields fields;  ///< Fields are fields, whoever sends them.
  /// How the body ends: after so many bytes, by its last chunk, or with the connection (neither).
  std::optional<uint64_t> content_length;
  bool is_chunked = false;
  bool keeps_alive = true;  ///< Whether the connection may be used again.

  std::string_view header(std::string_view name) const noexcept { return fields.find(name); }
};

/// Parses one whole head, the answer to a request of `method`. Errors: kMalformed (also where it is
/// not clear where the body ends: RFC 9112, 6.3), kTooLarge.
core::Result<ResponseHead> parse_response_head(std::string head, Method method,
                                               const Limits& limits);

}  // namespace millrace::http
