// Byte ranges (RFC 9110, 14).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace millrace::http {

struct ByteRange {
  uint64_t first = 0;
  uint64_t size = 0;  ///< At least 1.
  bool operator==(const ByteRange&) const = default;
};

/// The field is absent, malformed, of another unit, or asks for several ranges: send all of it.
struct WholeBody {
  bool operator==(const WholeBody&) const = default;
};
/// Well-formed, but nothing of it lies within the body: 416.
struct UnsatisfiableRange {
  bool operator==(const UnsatisfiableRange&) const = default;
};
using RangeSelection = std::variant<WholeBody, ByteRange, UnsatisfiableRange>;

/// `value` is the Range field ("" when absent) of a GET for a body of `body_size` bytes. An end
/// past the body is clipped. Several ranges are answered whole, which RFC 9110 14.2 permits:
/// players never ask for them, and multipart bodies only serve to multiply work.
RangeSelection select_range(std::string_view value, uint64_t body_size) noexcept;

/// `bytes 0-99/1234`.
std::string content_range(ByteRange range, uint64_t body_size);
/// `bytes */1234`, for a 416.
std::string unsatisfied_content_range(uint64_t body_size);

}  // namespace millrace::http
