#include "media/hls/attributes.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace millrace::media::hls {
namespace {

constexpr uint64_t kNano = 1'000'000'000;
constexpr uint64_t kSecondsMax = uint64_t{1} << 33;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_name_character(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-';
}

/// As much of hostile text as an error may quote.
std::string_view shown(std::string_view text) noexcept {
  return text.substr(0, std::min<size_t>(text.size(), 40));
}

struct Taken {
  Attribute attribute;
  std::string_view rest;
};

std::expected<Taken, std::string> take_attribute(std::string_view text) {
  const size_t equals = std::min(text.find('='), text.size());
  const std::string_view name = text.substr(0, equals);
  if (name.empty() || !std::ranges::all_of(name, is_name_character)) {
    return std::unexpected(fmt::format("\"{}\" is no attribute name", shown(name)));
  }
  if (equals == text.size()) return std::unexpected(fmt::format("{} has no value", shown(name)));
  std::string_view value = text.substr(equals + 1);
  Taken taken{.attribute = {.name = std::string(name), .value = {}}, .rest = {}};
  if (value.starts_with('"')) {
    const size_t close = value.find('"', 1);
    if (close == value.npos) {
      return std::unexpected(fmt::format("{} has no closing quote", shown(name)));
    }
    taken.attribute.form = Attribute::Form::kQuoted;
    taken.attribute.value = value.substr(1, close - 1);
    taken.rest = value.substr(close + 1);
    return taken;
  }
  const size_t comma = std::min(value.find(','), value.size());
  const std::string_view plain = value.substr(0, comma);
  if (plain.empty() || plain.find_first_of("\" ") != plain.npos) {
    return std::unexpected(
        fmt::format("{} is neither in quotes nor free of blanks and quotes", shown(name)));
  }
  taken.attribute.value = plain;
  taken.rest = value.substr(comma);
  return taken;
}

}  // namespace

std::expected<Attributes, std::string> Attributes::parse(std::string_view text, size_t count_max) {
  Attributes found;
  for (;;) {
    auto taken = take_attribute(text);
    if (!taken) return std::unexpected(std::move(taken.error()));
    if (found.find(taken->attribute.name) != nullptr) {
      return std::unexpected(fmt::format("{} appears twice", shown(taken->attribute.name)));
    }
    if (found.size() == count_max) return std::unexpected("too many attributes");
    found.all_.push_back(std::move(taken->attribute));
    text = taken->rest;
    if (text.empty()) return found;
    if (text.front() != ',') {
      return std::unexpected(
          fmt::format("no comma after the value of {}", shown(found.all_.back().name)));
    }
    text.remove_prefix(1);
  }
}

const Attribute* Attributes::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(all_, name, &Attribute::name);
  return found == all_.end() ? nullptr : &*found;
}

std::optional<uint64_t> parse_decimal_integer(std::string_view text) noexcept {
  if (text.empty() || text.size() > 20 || !std::ranges::all_of(text, is_digit)) return {};
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

std::optional<Seconds> parse_decimal_float(std::string_view text) noexcept {
  const size_t dot = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, dot);
  const std::string_view fraction = text.substr(std::min(dot + 1, text.size()));
  if (whole.empty() && fraction.empty()) return {};
  const std::optional<uint64_t> seconds = whole.empty() ? 0 : parse_decimal_integer(whole);
  if (!seconds || *seconds >= kSecondsMax || !std::ranges::all_of(fraction, is_digit)) return {};
  uint64_t nanoseconds = 0;
  uint64_t place = kNano / 10;
  for (const char digit : fraction) {
    nanoseconds += place * static_cast<uint64_t>(digit - '0');
    place /= 10;
  }
  return Seconds(static_cast<int64_t>(*seconds * kNano + nanoseconds));
}

std::optional<Seconds> parse_signed_float(std::string_view text) noexcept {
  if (!text.starts_with('-')) return parse_decimal_float(text);
  const std::optional<Seconds> value = parse_decimal_float(text.substr(1));
  if (!value) return {};
  return -*value;
}

std::optional<Resolution> parse_resolution(std::string_view text) noexcept {
  const size_t by = text.find('x');
  if (by == text.npos) return {};
  const auto width = parse_decimal_integer(text.substr(0, by));
  const auto height = parse_decimal_integer(text.substr(by + 1));
  const auto is_size = [](const auto& value) {
    return value && *value > 0 && *value <= UINT32_MAX;
  };
  if (!is_size(width) || !is_size(height)) return {};
  return Resolution{.width = static_cast<uint32_t>(*width),
                    .height = static_cast<uint32_t>(*height)};
}

bool is_hexadecimal_sequence(std::string_view text) noexcept {
  if (!text.starts_with("0x") && !text.starts_with("0X")) return false;
  const auto is_hex = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  return text.size() > 2 && std::ranges::all_of(text.substr(2), is_hex);
}

}  // namespace millrace::media::hls
