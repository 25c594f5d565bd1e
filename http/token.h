// The small grammar that header fields share: tokens, whitespace, lists, decimal numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

/// ASCII only: field names, methods of comparison and codings never contain anything else.
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// 1*tchar (RFC 9110, 5.6.2).
bool is_token(std::string_view text) noexcept;

/// Appends `number` in decimal.
void append_decimal(std::string& out, uint64_t number);

/// Without leading and trailing SP and HTAB.
std::string_view trim(std::string_view text) noexcept;

/// Takes the next non-empty element off the front of a comma-separated list; empty when the list is
/// used up. Commas within quoted strings do not separate.
std::string_view take_list_element(std::string_view& list) noexcept;

/// Takes everything before `separator` off the front of `text`, and the separator with it.
std::string_view take_until(std::string_view& text, char separator) noexcept;

/// True when a comma-separated list holds `element`, without regard to case.
bool list_contains(std::string_view list, std::string_view element) noexcept;

/// Digits only, no sign, no space, at least one; nullopt also on overflow.
std::optional<uint64_t> parse_decimal(std::string_view text) noexcept;

}  // namespace millrace::http
