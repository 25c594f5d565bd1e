// What leaves for one request, in terms that every version of HTTP shares.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/result.h"
#include "core/snapshot.h"
#include "http/cors.h"
#include "http/prepared_answer.h"
#include "http/request.h"
#include "http/response.h"

namespace millrace::http {

/// A response ready to be framed: it lacks only Date and what frames the body.
struct Outgoing {
  int status = 200;
  Headers headers;
  /// More fields, which other responses have too; nullptr: none. Their names are lower case.
  core::Snapshot<Headers> shared_headers;
  Body body;  ///< Empty for HEAD, 204 and 304.
  /// What Content-Length says; nullopt: the length is unknown, or the status has no body.
  std::optional<uint64_t> content_length;
  /// Where the bytes of all this are kept, for others get the same; nullptr: nowhere.
  std::shared_ptr<PreparedAnswer> prepared = {};

  /// The first field of that name, among both; "" when absent.
  std::string_view field(std::string_view name) const noexcept;
};

/// Applies to a route's answer what all routes share: problems for errors, conditions (HT-03),
/// ranges (HT-02), gzip (HT-07), HEAD (HT-05), cross-origin access (HT-09).
Outgoing make_outgoing(const Request& request, core::Result<Response> result,
                       const CorsPolicy& cors);

}  // namespace millrace::http
