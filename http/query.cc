#include "http/query.h"

#include <algorithm>

#include "http/token.h"
#include "http/url.h"

namespace millrace::http {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

Result<std::string> decode_component(std::string_view raw) {
  std::string text(raw);
  std::ranges::replace(text, '+', ' ');  // Before decoding, so that %2B stays a plus.
  auto decoded = percent_decode(text);
  if (!decoded) return decoded;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::ranges::any_of(*decoded, is_control)) {
    return fail(ErrorCode::kMalformed, "control character in the query");
  }
  return decoded;
}

}  // namespace

Result<Query> Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    std::string_view raw_value = take_until(text, '&');
    if (raw_value.empty()) continue;
    if (query.parameters_.size() == kParametersMax) {
      return fail(ErrorCode::kTooLarge, "too many query parameters");
    }
    const std::string_view raw_name = take_until(raw_value, '=');
    auto name = decode_component(raw_name);
    if (!name) return std::unexpected(name.error());
    auto value = decode_component(raw_value);
    if (!value) return std::unexpected(value.error());
    query.parameters_.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

std::optional<std::string_view> Query::find(std::string_view name) const noexcept {
  for (const auto& [present, value] : parameters_) {
    if (present == name) return value;
  }
  return std::nullopt;
}

Result<std::optional<uint64_t>> Query::find_uint(std::string_view name, Bounds bounds) const {
  const std::optional<std::string_view> text = find(name);
  if (!text) return std::nullopt;
  const std::optional<uint64_t> value = parse_decimal(*text);
  if (!value) return fail(ErrorCode::kInvalid, "a query parameter is not a number");
  if (*value < bounds.min || *value > bounds.max) {
    return fail(ErrorCode::kInvalid, "a query parameter is out of range");
  }
  return value;
}

Result<std::optional<uint64_t>> Query::find_uint(std::string_view name) const {
  return find_uint(name, Bounds());
}

}  // namespace millrace::http
