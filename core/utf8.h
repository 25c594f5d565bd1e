// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace millrace::core {

/// The bytes of the valid sequence that `text` begins with, 1 to 4; 0 when it begins with none.
/// `text` is not empty.
size_t utf8_sequence_size(std::string_view text) noexcept;

bool is_utf8(std::string_view text) noexcept;

/// Valid UTF-8 without control characters (C0, DEL, C1): safe in a log line or on a page.
bool is_printable_utf8(std::string_view text) noexcept;

/// `text` with each byte that is part of no valid sequence replaced by U+FFFD.
std::string repair_utf8(std::string_view text);

/// The longest prefix of at most `size_max` bytes that does not cut a character of valid text.
std::string_view truncate_utf8(std::string_view text, size_t size_max) noexcept;

/// The number of code points of valid text.
size_t count_code_points(std::string_view text) noexcept;

}  // namespace millrace::core
