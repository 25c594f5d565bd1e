// Attribute lists as they are read (rfc8216bis, 4.2).
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "media/hls/multivariant_playlist.h"

namespace millrace::media::hls {

struct Attribute {
  enum class Form : uint8_t { kPlain, kQuoted };
  std::string name;
  std::string value;  ///< Without its quotes.
  Form form = Form::kPlain;
};

/// In the order of the text, each name once.
class Attributes {
 public:
  /// The error is the rule that is broken, of at most some hundred characters.
  static std::expected<Attributes, std::string> parse(std::string_view text, size_t count_max);

  [[nodiscard]] const Attribute* find(std::string_view name) const noexcept;
  [[nodiscard]] auto begin() const noexcept { return all_.begin(); }
  [[nodiscard]] auto end() const noexcept { return all_.end(); }
  [[nodiscard]] size_t size() const noexcept { return all_.size(); }

 private:
  std::vector<Attribute> all_;
};

/// A decimal number of seconds; what is smaller than a nanosecond is dropped.
using Seconds = std::chrono::nanoseconds;

/// Digits only, at most 20 of them, below 2^64.
[[nodiscard]] std::optional<uint64_t> parse_decimal_integer(std::string_view text) noexcept;
/// `12`, `12.5`, `12.` and `.5`; no sign, no exponent; below 2^33 seconds, which is 272 years.
[[nodiscard]] std::optional<Seconds> parse_decimal_float(std::string_view text) noexcept;
/// The same with an optional `-`.
[[nodiscard]] std::optional<Seconds> parse_signed_float(std::string_view text) noexcept;
/// `1920x1080`; nothing of it 0.
[[nodiscard]] std::optional<Resolution> parse_resolution(std::string_view text) noexcept;
/// `0x1F` or `0X1f`: an even number of digits is not asked for; at least one is.
[[nodiscard]] bool is_hexadecimal_sequence(std::string_view text) noexcept;

}  // namespace millrace::media::hls
