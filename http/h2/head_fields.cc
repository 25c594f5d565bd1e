#include "http/h2/head_fields.h"

#include <utility>

#include "http/request_target.h"
#include "http/token.h"

namespace millrace::http::h2 {
namespace {

// What a field costs beyond its text (RFC 9113, 6.5.2).
constexpr size_t kFieldOverheadBytes = 32;
// A player's head of 8 to 15 fields.
constexpr size_t kUsualBytes = 512;

std::unexpected<Refusal> refuse(int status, const char* why) {
  return std::unexpected(Refusal{.status = status, .why = why});
}

}  // namespace

void HeadFields::add(std::string_view name, std::string_view value, const Limits& limits) {
  size_ += name.size() + value.size() + kFieldOverheadBytes;
  if (size_ > limits.head_bytes_max || fields_.count() == limits.field_count_max) {
    is_too_large_ = true;
  }
  if (is_too_large_) return;
  if (name.starts_with(':')) return add_pseudo(name, value);
  if (name == "cookie") {  // Clients may split it (RFC 9113, 8.2.3).
    if (!cookies_.empty()) cookies_.append("; ");
    cookies_.append(value);
    return;
  }
  if (fields_.count() == 0) fields_ = RequestFields::with_room(kUsualBytes);
  fields_.add_copy(name, trim(value));
}

void HeadFields::add_pseudo(std::string_view name, std::string_view value) {
  if (name == ":method") method_ = value;
  if (name == ":scheme") scheme_ = value;
  if (name == ":path") path_ = value;
  if (name == ":authority") authority_ = value;
}

bool HeadFields::expects_continue() const noexcept {
  return equal_ignoring_case(fields_.find("expect"), "100-continue");
}

// RFC 9113, 8.3.1: "A server SHOULD treat a request as malformed if it contains a Host header field
// that identifies an entity that differs from the entity in the ':authority' pseudo-header field."
std::expected<void, Refusal> HeadFields::settle_host() {
  const size_t hosts = fields_.count("host");
  if (hosts > 1 || (hosts == 0 && authority_.empty())) return refuse(400, "not one Host");
  if (hosts == 0) {
    fields_.add_copy("host", authority_);
  } else if (!authority_.empty() && !equal_ignoring_case(authority_, fields_.find("host"))) {
    return refuse(400, "Host contradicts :authority");
  }
  return {};
}

std::expected<RequestHead, Refusal> HeadFields::take(const Limits& limits) {
  if (is_too_large_) return refuse(431, "head too large");
  if (path_.size() > limits.target_bytes_max) return refuse(414, "request target too long");
  const auto method = parse_method(method_);
  if (!method) return refuse(501, "method not offered");
  if (scheme_ != "http" && scheme_ != "https") return refuse(400, "unknown scheme");
  if (!path_.starts_with('/') && path_ != "*") return refuse(400, "bad request target");
  if (auto settled = settle_host(); !settled) return std::unexpected(settled.error());
  if (!cookies_.empty()) fields_.add_copy("cookie", cookies_);
  const std::string_view expect = fields_.find("expect");
  if (!expect.empty() && !expects_continue()) return refuse(417, "unknown expectation");
  RequestHead head;
  head.method = *method;
  head.fields = std::move(fields_);
  if (head.fields.count("content-length") > 0) {
    if (auto read = read_content_length(head); !read) return std::unexpected(read.error());
  }
  if (auto read = read_target(head, path_); !read) return std::unexpected(read.error());
  return head;
}

}  // namespace millrace::http::h2
