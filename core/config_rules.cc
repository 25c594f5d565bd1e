#include "core/config_rules.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "core/units.h"

namespace millrace::core {
namespace {

/// For a rule whose value is wrong as a whole.
template <class Rule>
Breach breach_of(const Rule& rule, const TomlValue& value) {
  return {.place = "", .expectation = rule.expectation(), .got = shown(value)};
}

std::optional<uint32_t> integer_between(const TomlValue& value, uint32_t min, uint32_t max) {
  const int64_t* integer = value.as<int64_t>();
  if (integer == nullptr || *integer < min || *integer > max) return std::nullopt;
  return static_cast<uint32_t>(*integer);
}

template <class T>
bool is_among(const std::vector<T>& values, const T& value) {
  return std::ranges::find(values, value) != values.end();
}

std::string in_quotes(std::span<const std::string_view> names) {
  std::vector<std::string> texts;
  for (const std::string_view name : names) texts.push_back(toml_text(name));
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

std::optional<Breach> FlagRule::assign(const TomlValue& value, Config& config) const {
  const bool* truth = value.as<bool>();
  if (truth == nullptr) return breach_of(*this, value);
  field(config) = *truth;
  return std::nullopt;
}

std::optional<Breach> IntegerRule::assign(const TomlValue& value, Config& config) const {
  const auto integer = integer_between(value, min, max);
  if (!integer) return breach_of(*this, value);
  field(config) = *integer;
  return std::nullopt;
}

std::string IntegerRule::expectation() const {
  return fmt::format("a whole number from {} to {}", min, max);
}

std::string IntegerRule::shown_in(Config& config) const {
  return fmt::format("{}", field(config));
}

std::optional<Breach> IntegerListRule::assign(const TomlValue& value, Config& config) const {
  const auto* array = value.as<TomlValue::Array>();
  if (array == nullptr || array->size() > count_max) return breach_of(*this, value);
  std::vector<uint32_t> integers;
  for (const TomlValue& element : *array) {
    const auto integer = integer_between(element, 0, max);
    if (!integer) return breach_of(*this, value);
    integers.push_back(*integer);
  }
  field(config) = std::move(integers);
  return std::nullopt;
}

std::string IntegerListRule::expectation() const {
  return fmt::format("a list of at most {} whole numbers from 0 to {}", count_max, max);
}

std::string IntegerListRule::shown_in(Config& config) const {
  return fmt::format("[{}]", fmt::join(field(config), ", "));
}

std::optional<Breach> DurationRule::assign(const TomlValue& value, Config& config) const {
  const std::string* text = value.as<std::string>();
  const auto duration = text == nullptr ? std::nullopt : parse_duration(*text);
  if (!duration || *duration < min || *duration > max) return breach_of(*this, value);
  field(config) = *duration;
  return std::nullopt;
}

std::string DurationRule::expectation() const {
  return fmt::format("a duration from {} to {}, in quotes with its unit ms, s, min, h or d",
                     format_duration(min), format_duration(max));
}

std::string DurationRule::shown_in(Config& config) const {
  return toml_text(format_duration(field(config)));
}

std::optional<Breach> ByteCountRule::assign(const TomlValue& value, Config& config) const {
  const std::string* text = value.as<std::string>();
  const auto size = text == nullptr ? std::nullopt : parse_byte_count(*text);
  if (!size || *size < min || *size > max) return breach_of(*this, value);
  field(config) = *size;
  return std::nullopt;
}

std::string ByteCountRule::expectation() const {
  return fmt::format("a size from {} to {}, in quotes with its unit B, KiB, MiB, GiB or TiB",
                     format_byte_count(min), format_byte_count(max));
}

std::string ByteCountRule::shown_in(Config& config) const {
  return toml_text(format_byte_count(field(config)));
}

std::optional<Breach> TextRule::assign(const TomlValue& value, Config& config) const {
  const std::string* text = value.as<std::string>();
  if (text == nullptr || !valid(*text)) return breach_of(*this, value);
  field(config) = *text;
  return std::nullopt;
}

std::optional<Breach> TextListRule::assign(const TomlValue& value, Config& config) const {
  const auto* array = value.as<TomlValue::Array>();
  if (array == nullptr || array->size() > count_max) return breach_of(*this, value);
  std::vector<std::string> texts;
  for (const TomlValue& element : *array) {
    const std::string* text = element.as<std::string>();
    if (text == nullptr || !valid(*text) || is_among(texts, *text)) {
      return breach_of(*this, value);
    }
    texts.push_back(*text);
  }
  field(config) = std::move(texts);
  return std::nullopt;
}

std::string TextListRule::expectation() const {
  return fmt::format("a list of at most {} different values, each {}", count_max, form);
}

std::string TextListRule::shown_in(Config& config) const {
  std::vector<std::string> texts;
  for (const std::string& text : field(config)) texts.push_back(toml_text(text));
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::optional<Breach> ChoiceRule::assign(const TomlValue& value, Config& config) const {
  const std::string* text = value.as<std::string>();
  const auto name = text == nullptr ? names.end() : std::ranges::find(names, *text);
  if (name == names.end()) return breach_of(*this, value);
  choose(config, static_cast<size_t>(name - names.begin()));
  return std::nullopt;
}

std::string ChoiceRule::expectation() const { return "one of " + in_quotes(names); }

std::optional<Breach> ListenRule::assign(const TomlValue& value, Config& config) const {
  const std::string* text = value.as<std::string>();
  const auto address = text == nullptr ? std::nullopt : parse_listen_address(*text);
  if (!address) return breach_of(*this, value);
  field(config) = *address;
  return std::nullopt;
}

std::string ListenRule::expectation() const {
  return R"(an address and a port, as "0.0.0.0:8080" or "[::]:8080")";
}

std::string ListenRule::shown_in(Config& config) const {
  return toml_text(to_string(field(config)));
}

std::optional<Breach> LadderRule::assign(const TomlValue& value, Config& config) const {
  const auto* array = value.as<TomlValue::Array>();
  if (array == nullptr || array->empty()) return breach_of(*this, value);
  std::vector<LadderCodec> codecs;
  for (const TomlValue& element : *array) {
    const std::string* text = element.as<std::string>();
    if (text == nullptr) return breach_of(*this, value);
    const auto* name = std::ranges::find(kLadderCodecNames, *text);
    if (name == std::end(kLadderCodecNames)) return breach_of(*this, value);
    const auto codec = static_cast<LadderCodec>(name - std::begin(kLadderCodecNames));
    if (is_among(codecs, codec)) return breach_of(*this, value);
    codecs.push_back(codec);
  }
  field(config) = std::move(codecs);
  return std::nullopt;
}

std::string LadderRule::expectation() const {
  return "a list of one or more of " + in_quotes(kLadderCodecNames);
}

std::string LadderRule::shown_in(Config& config) const {
  std::vector<std::string_view> names;
  for (const LadderCodec codec : field(config)) {
    names.push_back(kLadderCodecNames[static_cast<size_t>(codec)]);
  }
  return "[" + in_quotes(names) + "]";
}

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view port = text.substr(colon + 1);
  ListenAddress address;
  const auto [end, error] =
      std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool v6 = host.starts_with('[') && host.ends_with(']');
  if (v6) host = host.substr(1, host.size() - 2);
  address.host = host;
  in6_addr parsed;
  if (inet_pton(v6 ? AF_INET6 : AF_INET, address.host.c_str(), &parsed) != 1) return std::nullopt;
  return address;
}

std::string to_string(const ListenAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", address.host, address.port)
            : fmt::format("{}:{}", address.host, address.port);
}

}  // namespace millrace::core
