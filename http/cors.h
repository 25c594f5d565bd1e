// Cross-origin access (Fetch standard, "HTTP-CORS protocol"; SPECS HT-09).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config.h"
#include "http/headers.h"
#include "http/method.h"

namespace millrace::http {

/// Which pages of other origins may do what. Reading is open by default, as players on any page
/// must work; writing needs an origin that is listed, or every page a user visits could delete
/// videos of a server that only his machine can reach.
struct CorsPolicy {
  /// Empty: any origin may read, without credentials. Else these and no others, with credentials.
  std::vector<std::string> origins;
};

/// What the operator has set; `*` anywhere in the list is the open policy.
CorsPolicy cors_policy_of(const core::CorsConfig& config);

/// Adds what a page of another origin needs to read the response and its timing, whatever its
/// status.
void allow_cross_origin(Headers& headers, const CorsPolicy& policy, std::string_view origin);

/// Adds the answer to a preflight: methods, request fields, and how long to remember it.
void allow_preflight(Headers& headers, const CorsPolicy& policy, std::string_view methods);

/// Whether a request that changes something comes from a page that may not: it names an Origin that
/// is neither the host asked nor listed. Requests without Origin are not from a page.
bool is_foreign_write(Method method, const CorsPolicy& policy, std::string_view origin,
                      std::string_view host) noexcept;

}  // namespace millrace::http
