// Quantities as people write them: "10s", "2GiB", "4500kbps".
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/byte_count.h"

namespace millrace::core {

/// A whole number and a unit, with or without a space between: ms, s, min, h, d. Empty: not that,
/// or more milliseconds than 63 bits hold.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept;
/// In the largest unit that needs no fraction: "1500ms", "90s", "1d". parse_duration reads it.
std::string format_duration(std::chrono::milliseconds duration);

/// A whole number and a unit: B, KiB, MiB, GiB, TiB. Empty: not that, or over 2^63.
std::optional<ByteCount> parse_byte_count(std::string_view text) noexcept;
std::string format_byte_count(ByteCount size);

/// Bits per second. A whole number and a unit: bps, kbps, Mbps, of 1000 each. Empty: not that, or
/// over 2^32.
std::optional<uint32_t> parse_bitrate(std::string_view text) noexcept;
std::string format_bitrate(uint32_t bitrate_bps);

}  // namespace millrace::core
