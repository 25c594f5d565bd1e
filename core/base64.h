// Base64 (RFC 4648). Decoders are strict: one text for one sequence of bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace millrace::core {

/// RFC 4648, 4: `+` and `/`, padded.
std::string encode_base64(std::span<const std::byte> bytes);

/// RFC 4648, 5: `-` and `_`, not padded.
std::string encode_base64url(std::span<const std::byte> bytes);

/// The bytes, as a string. Errors: kMalformed for a foreign character, missing or wrong padding,
/// line breaks, and bits set beyond the last byte.
Result<std::string> decode_base64(std::string_view text);

/// As decode_base64, for text without padding.
Result<std::string> decode_base64url(std::string_view text);

}  // namespace millrace::core
