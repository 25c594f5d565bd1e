#include "core/base64.h"

#include <array>
#include <cstdint>

namespace millrace::core {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr uint8_t kForeign = 0xFF;

constexpr std::array<uint8_t, 256> reversed(std::string_view alphabet) {
  std::array<uint8_t, 256> values{};
  values.fill(kForeign);
  for (size_t i = 0; i < alphabet.size(); ++i) {
    values[static_cast<unsigned char>(alphabet[i])] = static_cast<uint8_t>(i);
  }
  return values;
}

constexpr std::array<uint8_t, 256> kStandardValues = reversed(kStandard);
constexpr std::array<uint8_t, 256> kUrlSafeValues = reversed(kUrlSafe);

std::string encode(std::span<const std::byte> bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  uint32_t bits = 0;
  unsigned bit_count = 0;
  for (const std::byte byte : bytes) {
    bits = (bits << 8) | std::to_integer<uint32_t>(byte);
    bit_count += 8;
    while (bit_count >= 6) {
      bit_count -= 6;
      text += alphabet[(bits >> bit_count) & 63];
    }
  }
  if (bit_count > 0) text += alphabet[(bits << (6 - bit_count)) & 63];
  return text;
}

Result<std::string> decode(std::string_view text, const std::array<uint8_t, 256>& values) {
  if (text.size() % 4 == 1) return fail(ErrorCode::kMalformed, "base64 of an impossible length");
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  uint32_t bits = 0;
  unsigned bit_count = 0;
  for (const char c : text) {
    const uint8_t value = values[static_cast<unsigned char>(c)];
    if (value == kForeign) return fail(ErrorCode::kMalformed, "character outside base64");
    bits = (bits << 6) | value;
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      bytes += static_cast<char>((bits >> bit_count) & 0xFF);
    }
  }
  if ((bits & ((1U << bit_count) - 1)) != 0) {
    return fail(ErrorCode::kMalformed, "base64 with bits beyond its last byte");
  }
  return bytes;
}

}  // namespace

std::string encode_base64(std::span<const std::byte> bytes) {
  std::string text = encode(bytes, kStandard);
  text.resize((bytes.size() + 2) / 3 * 4, '=');
  return text;
}

std::string encode_base64url(std::span<const std::byte> bytes) { return encode(bytes, kUrlSafe); }

Result<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) return fail(ErrorCode::kMalformed, "base64 without its padding");
  if (text.ends_with("==")) {
    text.remove_suffix(2);
  } else if (text.ends_with('=')) {
    text.remove_suffix(1);
  }
  return decode(text, kStandardValues);
}

Result<std::string> decode_base64url(std::string_view text) {
  return decode(text, kUrlSafeValues);
}

}  // namespace millrace::core
