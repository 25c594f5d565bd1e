// The head of an HTTP/2 request, field by field.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "http/limits.h"
#include "http/refusal.h"
#include "http/request_head.h"

namespace millrace::http::h2 {

/// Collects what nghttp2 has decoded and found well-formed: names are lower-case tokens, pseudo
/// fields come first and once, nothing is connection-specific (RFC 9113, 8.2 and 8.3). Over a limit
/// it keeps nothing more, and the request is answered with 431.
class HeadFields {
 public:
  /// The peer may send heads of any size, whatever SETTINGS_MAX_HEADER_LIST_SIZE says.
  void add(std::string_view name, std::string_view value, const Limits& limits);
  /// So much over the limit that it is not worth an answer.
  bool is_absurd(const Limits& limits) const noexcept { return size_ > 4 * limits.head_bytes_max; }

  /// The `priority` field (RFC 9218, 5).
  std::string_view priority() const noexcept { return fields_.find("priority"); }
  bool expects_continue() const noexcept;

  /// What a route may see: `:authority` as Host, cookies as one field. Applies every check that
  /// HTTP/1.1 has. Once.
  std::expected<RequestHead, Refusal> take(const Limits& limits);

 private:
  void add_pseudo(std::string_view name, std::string_view value);
  std::expected<void, Refusal> settle_host();

  size_t size_ = 0;  // As SETTINGS_MAX_HEADER_LIST_SIZE counts.
  bool is_too_large_ = false;
  std::string method_;
  std::string scheme_;
  std::string path_;
  std::string authority_;
  std::string cookies_;
  RequestFields fields_;
};

}  // namespace millrace::http::h2
