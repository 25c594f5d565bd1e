// Identifiers that cannot be guessed, from the kernel's random numbers.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace millrace::core {

/// 11 characters hold the 64 bits of an id.
inline constexpr size_t kRandomIdSize = 11;

/// Fills `bytes` from getrandom(2). Waits only before the kernel has seeded itself, early in boot.
void fill_random(std::span<std::byte> bytes) noexcept;

/// A new id: base64url, 11 characters, safe as a file name, a URL segment and an argument of a
/// command (it never begins with `-` or `_`). Among a million ids the chance of a clash is 1 in
/// 36 million, so a store that must not mix two up still checks.
std::string random_id();

/// Has the form of random_id(), whoever made it: such text is safe in a path.
bool is_random_id(std::string_view text) noexcept;

}  // namespace millrace::core
