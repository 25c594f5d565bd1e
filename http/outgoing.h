// What leaves for one request, in terms that every version of HTTP shares.
#pragma once

#include <cstdint>
#include <optional>

#include "core/result.h"
#include "core/snapshot.h"
#include "http/cors.h"
#include "http/request.h"
#include "http/response.h"

namespace millrace::http {

/// A response ready to be framed.
struct Outgoing {
  int status = 200;
  Headers headers;  ///< Unless they are shared_headers.
  core::Snapshot<Headers> shared_headers;
  Body body;  ///< Empty for HEAD, 204 and 304.
  /// What Content-Length says; nullopt: the length is unknown, or the status has no body.
  std::optional<uint64_t> content_length;

  /// All that is to be sent but Date and what frames the body.
  const Headers& fields() const noexcept { return shared_headers ? *shared_headers : headers; }
};

/// Applies to a route's answer what all routes share: problems for errors, conditions (HT-03),
/// ranges (HT-02), gzip (HT-07), HEAD (HT-05), cross-origin access (HT-09).
Outgoing make_outgoing(const Request& request, core::Result<Response> result,
                       const CorsPolicy& cors);

}  // namespace millrace::http
