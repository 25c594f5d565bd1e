#include "http/cors.h"

#include <algorithm>

#include "http/token.h"

namespace millrace::http {
namespace {

constexpr std::string_view kExposed =
    "Age, Date, Content-Length, Content-Range, ETag, Retry-After, Location, Link, CMSD-Static, "
    "CMSD-Dynamic, Server-Timing, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, "
    "Tus-Checksum-Algorithm, Upload-Offset, Upload-Length, Upload-Defer-Length, Upload-Metadata, "
    "Upload-Expires, Video-Id, X-Chunk-Quality, X-Chunk-Seq, X-Newest-Seq, X-Oldest-Seq, "
    "X-Throughput-Source";

constexpr std::string_view kAllowed =
    "Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Range, "
    "Last-Event-ID, Range, CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status, Tus-Resumable, "
    "Upload-Length, Upload-Defer-Length, Upload-Offset, Upload-Metadata, Upload-Checksum, "
    "X-HTTP-Method-Override, X-Requested-With";

constexpr std::string_view kPreflightAgeSeconds = "7200";  // The most that Chromium remembers.

bool is_listed(const CorsPolicy& policy, std::string_view origin) noexcept {
  return std::ranges::find(policy.origins, origin) != policy.origins.end();
}

// The open policy says the same to everybody.
const Headers& open_to_all() {
  static const Headers fields = [] {
    Headers made;
    made.set("Access-Control-Allow-Origin", "*");
    made.set("Timing-Allow-Origin", "*");
    made.set("Access-Control-Expose-Headers", kExposed);
    made.set("Cross-Origin-Resource-Policy", "cross-origin");
    return made;
  }();
  return fields;
}

}  // namespace

CorsPolicy cors_policy_of(const core::CorsConfig& config) {
  const auto& origins = config.allowed_origins;
  const bool is_open = std::ranges::find(origins, "*") != origins.end();
  return {.origins = is_open ? std::vector<std::string>() : origins};
}

void allow_cross_origin(Headers& headers, const CorsPolicy& policy, std::string_view origin) {
  if (policy.origins.empty()) return headers.add_all(open_to_all());
  headers.add_element("Vary", "Origin");
  if (!is_listed(policy, origin)) return;
  headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Allow-Credentials", "true");
  headers.set("Timing-Allow-Origin", origin);
  headers.set("Access-Control-Expose-Headers", kExposed);
  headers.set("Cross-Origin-Resource-Policy", "cross-origin");
}

void allow_preflight(Headers& headers, const CorsPolicy& policy, std::string_view methods) {
  headers.set("Access-Control-Allow-Methods", policy.origins.empty() ? "GET, HEAD" : methods);
  headers.set("Access-Control-Allow-Headers", kAllowed);
  headers.set("Access-Control-Max-Age", kPreflightAgeSeconds);
}

bool is_foreign_write(Method method, const CorsPolicy& policy, std::string_view origin,
                      std::string_view host) noexcept {
  const bool reads =
      method == Method::kGet || method == Method::kHead || method == Method::kOptions;
  if (reads || origin.empty() || is_listed(policy, origin)) return false;
  // The scheme is left out: behind a proxy that ends TLS it differs.
  const size_t authority = origin.find("://");
  return authority == origin.npos || !equal_ignoring_case(origin.substr(authority + 3), host);
}

}  // namespace millrace::http
