#include "http/request_target.h"

#include <utility>

#include "http/limits.h"
#include "http/token.h"
#include "http/url.h"

namespace millrace::http {
namespace {

std::unexpected<Refusal> refuse(int status, const char* why) {
  return std::unexpected(Refusal{.status = status, .why = why});
}

// Nothing that could pass for a path or a list.
bool is_host(std::string_view host) noexcept {
  static constexpr std::string_view kForbidden = " \t/\\?#@,\"<>";
  return host.find_first_of(kForbidden) == host.npos;
}

}  // namespace

std::expected<void, Refusal> read_target(RequestHead& head, std::string_view target) {
  const auto parts = split_target(target);
  if (!parts) return refuse(400, parts.error().what);
  const std::string_view host = head.fields.find("Host");
  if (!is_host(host)) return refuse(400, "bad Host");
  if (!parts->authority.empty() && !equal_ignoring_case(parts->authority, host)) {
    return refuse(400, "Host contradicts the request target");
  }
  if (parts->path == "*") {
    if (head.method != Method::kOptions) return refuse(400, "bad request target");
    head.path = "*";
    return {};
  }
  auto path = decode_path(parts->path);
  if (!path) return refuse(400, path.error().what);
  auto query = Query::parse(parts->query);
  if (!query)
    return refuse(query.error().code == core::ErrorCode::kTooLarge ? 414 : 400, query.error().what);
  head.path = std::move(*path);
  head.query = std::move(*query);
  return {};
}

std::expected<void, Refusal> read_content_length(RequestHead& head) {
  head.content_length = parse_decimal(head.fields.find("Content-Length"));
  if (!head.content_length) return refuse(400, "bad Content-Length");
  if (*head.content_length > Limits::kBodyBytesMax) return refuse(413, "body too long");
  return {};
}

}  // namespace millrace::http
