#include "http/ranges.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "http/token.h"

namespace millrace::http {
namespace {

// A position too large for 64 bits is still a number: past the end of anything.
std::optional<uint64_t> parse_position(std::string_view text) noexcept {
  if (const auto value = parse_decimal(text)) return value;
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  return digits ? std::optional(UINT64_MAX) : std::nullopt;
}

RangeSelection select_suffix(std::string_view count_text, uint64_t body_size) noexcept {
  const std::optional<uint64_t> count = parse_position(count_text);
  if (!count) return WholeBody();
  if (*count == 0 || body_size == 0) return UnsatisfiableRange();
  const uint64_t size = std::min(*count, body_size);
  return ByteRange{.first = body_size - size, .size = size};
}

}  // namespace

RangeSelection select_range(std::string_view value, uint64_t body_size) noexcept {
  static constexpr std::string_view kUnit = "bytes";
  std::string_view rest = trim(value);
  if (!equal_ignoring_case(take_until(rest, '='), kUnit)) return WholeBody();
  const std::string_view spec = trim(rest);
  const size_t dash = spec.find('-');
  if (dash == spec.npos) return WholeBody();
  if (dash == 0) return select_suffix(spec.substr(1), body_size);
  const std::string_view last_text = spec.substr(dash + 1);
  const std::optional<uint64_t> first = parse_position(spec.substr(0, dash));
  const std::optional<uint64_t> last =
      last_text.empty() ? std::optional(UINT64_MAX) : parse_position(last_text);
  if (!first || !last || *last < *first) return WholeBody();
  if (*first >= body_size) return UnsatisfiableRange();
  return ByteRange{.first = *first, .size = std::min(*last, body_size - 1) - *first + 1};
}

std::string content_range(ByteRange range, uint64_t body_size) {
  std::string text("bytes ");
  append_decimal(text, range.first);
  text.push_back('-');
  append_decimal(text, range.first + range.size - 1);
  text.push_back('/');
  append_decimal(text, body_size);
  return text;
}

std::string unsatisfied_content_range(uint64_t body_size) {
  return fmt::format("bytes */{}", body_size);
}

}  // namespace millrace::http
