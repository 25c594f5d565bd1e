#include "core/units.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <span>

namespace millrace::core {
namespace {

struct Unit {
  std::string_view name;
  uint64_t size;
};

// Largest first: format() takes the first that divides.
constexpr Unit kDurations[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"min", 60'000}, {"s", 1000}, {"ms", 1}};
constexpr Unit kBytes[] = {{"TiB", uint64_t{1} << 40},
                           {"GiB", uint64_t{1} << 30},
                           {"MiB", uint64_t{1} << 20},
                           {"KiB", uint64_t{1} << 10},
                           {"B", 1}};
constexpr Unit kBitrates[] = {{"Mbps", 1'000'000}, {"kbps", 1000}, {"bps", 1}};

std::optional<uint64_t> parse(std::string_view text, std::span<const Unit> units, uint64_t max) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  if (text.starts_with(' ')) text.remove_prefix(1);
  for (const Unit& unit : units) {
    if (text != unit.name) continue;
    if (number > max / unit.size) return std::nullopt;
    return number * unit.size;
  }
  return std::nullopt;
}

std::string format(uint64_t quantity, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (quantity != 0 && quantity % unit.size == 0) {
      return fmt::format("{}{}", quantity / unit.size, unit.name);
    }
  }
  return fmt::format("0{}", units.back().name);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) noexcept {
  const auto ms = parse(text, kDurations, std::numeric_limits<int64_t>::max());
  if (!ms) return std::nullopt;
  return std::chrono::milliseconds(static_cast<int64_t>(*ms));
}

std::string format_duration(std::chrono::milliseconds duration) {
  return format(static_cast<uint64_t>(duration.count()), kDurations);
}

std::optional<ByteCount> parse_byte_count(std::string_view text) noexcept {
  const auto size = parse(text, kBytes, std::numeric_limits<int64_t>::max());
  if (!size) return std::nullopt;
  return ByteCount{*size};
}

std::string format_byte_count(ByteCount size) { return format(size.value, kBytes); }

std::optional<uint32_t> parse_bitrate(std::string_view text) noexcept {
  const auto bps = parse(text, kBitrates, std::numeric_limits<uint32_t>::max());
  if (!bps) return std::nullopt;
  return static_cast<uint32_t>(*bps);
}

std::string format_bitrate(uint32_t bitrate_bps) { return format(bitrate_bps, kBitrates); }

}  // namespace millrace::core
