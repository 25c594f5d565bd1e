// Content negotiation of the coding (RFC 9110, 12.5.3).
#pragma once

#include <cstdint>
#include <string_view>

namespace millrace::http {

enum class ContentCoding : uint8_t { kIdentity, kGzip };

/// The coding the client likes best of the two we have. On a tie gzip wins. "" and fields that we
/// cannot read mean identity; a client that refuses both gets identity too, since RFC 9110 lets a
/// server ignore the field rather than answer 406 to a playlist.
ContentCoding choose_coding(std::string_view accept_encoding) noexcept;

}  // namespace millrace::http
