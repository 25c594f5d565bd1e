// A size in bytes as a type of its own, so that it is never taken for a count of something else.
#pragma once

#include <compare>
#include <cstdint>

namespace millrace::core {

struct ByteCount {
  uint64_t value = 0;

  friend constexpr auto operator<=>(ByteCount, ByteCount) = default;
};

inline namespace byte_literals {

// NOLINTBEGIN(google-runtime-int): the language fixes the parameter type.
consteval ByteCount operator""_KiB(unsigned long long n) { return {n << 10}; }
consteval ByteCount operator""_MiB(unsigned long long n) { return {n << 20}; }
consteval ByteCount operator""_GiB(unsigned long long n) { return {n << 30}; }
consteval ByteCount operator""_TiB(unsigned long long n) { return {n << 40}; }
// NOLINTEND(google-runtime-int)

}  // namespace byte_literals
}  // namespace millrace::core
