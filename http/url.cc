#include "http/url.h"

#include "core/utf8.h"
#include "http/token.h"

namespace millrace::http {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_unreserved(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

bool is_control(char c) noexcept { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// A segment is judged after decoding, so that %2e%2e is as visible as "..".
bool is_safe_segment(std::string_view segment) noexcept {
  if (segment == "." || segment == "..") return false;
  for (const char c : segment) {
    if (is_control(c) || c == '\\' || c == '/') return false;
  }
  return true;
}

Result<RequestTarget> split_absolute(std::string_view rest) {
  const size_t end = rest.find_first_of("/?");
  RequestTarget parts{.authority = rest.substr(0, end), .path = "/", .query = {}};
  if (parts.authority.empty() || parts.authority.contains('@')) {
    return fail(ErrorCode::kMalformed, "bad authority in the request target");
  }
  if (end == std::string_view::npos) return parts;
  rest.remove_prefix(end);
  const std::string_view path = take_until(rest, '?');
  if (!path.empty()) parts.path = path;
  parts.query = rest;
  return parts;
}

Result<> append_decoded(std::string& decoded, std::string_view text) {
  for (size_t escape = text.find('%'); escape != text.npos; escape = text.find('%')) {
    const int high = escape + 2 < text.size() ? hex_value(text[escape + 1]) : -1;
    const int low = escape + 2 < text.size() ? hex_value(text[escape + 2]) : -1;
    if (high < 0 || low < 0) return fail(ErrorCode::kMalformed, "bad percent-encoding");
    decoded.append(text.substr(0, escape)).push_back(static_cast<char>(high * 16 + low));
    text.remove_prefix(escape + 3);
  }
  decoded.append(text);
  return {};
}

}  // namespace

Result<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  if (const Result<> appended = append_decoded(decoded, text); !appended) {
    return std::unexpected(appended.error());
  }
  return decoded;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.append({'%', kHex[byte >> 4], kHex[byte & 15]});
  }
  return encoded;
}

Result<std::string> decode_path(std::string_view raw_path) {
  if (!raw_path.starts_with('/')) return fail(ErrorCode::kMalformed, "a path begins with '/'");
  std::string path;
  path.reserve(raw_path.size());
  std::string_view rest = raw_path.substr(1);
  for (;;) {
    const size_t slash = rest.find('/');
    path.push_back('/');
    const size_t begin = path.size();
    if (const Result<> appended = append_decoded(path, rest.substr(0, slash)); !appended) {
      return std::unexpected(appended.error());
    }
    if (!is_safe_segment(std::string_view(path).substr(begin))) {
      return fail(ErrorCode::kMalformed, "unsafe path");
    }
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  if (!core::is_utf8(path)) return fail(ErrorCode::kMalformed, "a path is UTF-8");
  return path;
}

Result<RequestTarget> split_target(std::string_view target) {
  if (target.contains('#')) return fail(ErrorCode::kMalformed, "a request target has no fragment");
  if (target == "*") return RequestTarget{.authority = {}, .path = target, .query = {}};
  if (target.starts_with('/')) {
    const std::string_view path = take_until(target, '?');
    return RequestTarget{.authority = {}, .path = path, .query = target};
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
      return split_absolute(target.substr(scheme.size()));
    }
  }
  return fail(ErrorCode::kMalformed, "bad request target");
}

}  // namespace millrace::http
