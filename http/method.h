// Request methods: the ones that routes may answer. Anything else is refused while parsing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::http {

enum class Method : uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };

inline constexpr unsigned kMethodCount = 7;

std::string_view to_string(Method method) noexcept;

/// Methods are case-sensitive (RFC 9110, 9.1).
std::optional<Method> parse_method(std::string_view text) noexcept;

}  // namespace millrace::http
