// The tables of [[live.channel]].
#include <fmt/format.h>

#include <algorithm>

#include "core/config_rules.h"
#include "core/rfc3339.h"
#include "core/units.h"

namespace millrace::core {
namespace {

constexpr size_t kChannelCountMax = 1000;
constexpr size_t kNameSizeMax = 64;
constexpr size_t kKeySizeMin = 8;  // Fewer characters are guessed.
constexpr size_t kKeySizeMax = 256;

/// What a member must be, when `value` is not that.
using Expectation = std::optional<std::string_view>;

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameSizeMax && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

/// Part of a path, and the name of a stream in RTMP: what neither of them has to escape.
bool is_key(std::string_view text) {
  return text.size() >= kKeySizeMin && text.size() <= kKeySizeMax &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == '.' || c == '~';
         });
}

Expectation assign_text(const TomlValue& value, bool (*valid)(std::string_view),
                        std::string_view form, std::string& text) {
  const std::string* given = value.as<std::string>();
  if (given == nullptr || !valid(*given)) return form;
  text = *given;
  return std::nullopt;
}

Expectation assign_expiry(const TomlValue& value, ChannelConfig& channel) {
  const std::string* text = value.as<std::string>();
  const auto time = parse_rfc3339(text == nullptr ? std::string_view() : *text);
  if (!time) return R"(a time such as "2027-01-31T12:00:00Z")";
  channel.expires = *time;
  return std::nullopt;
}

Expectation assign_bitrate(const TomlValue& value, ChannelConfig& channel) {
  const std::string* text = value.as<std::string>();
  const auto bitrate = text == nullptr ? std::nullopt : parse_bitrate(*text);
  if (!bitrate) return R"(a bitrate, in quotes with its unit kbps or Mbps)";
  channel.bitrate_max_bps = *bitrate;
  return std::nullopt;
}

Expectation assign_height(const TomlValue& value, ChannelConfig& channel) {
  const int64_t* pixels = value.as<int64_t>();
  if (pixels == nullptr || *pixels < 16 || *pixels > 16384) return "pixels from 16 to 16384";
  channel.height_max = static_cast<uint32_t>(*pixels);
  return std::nullopt;
}

Expectation assign_member(std::string_view name, const TomlValue& value, ChannelConfig& channel) {
  if (name == "name") {
    return assign_text(value, is_name, "1 to 64 letters, digits, hyphens and underscores",
                       channel.name);
  }
  if (name == "key") {
    return assign_text(value, is_key, "8 to 256 letters, digits, and any of -_.~", channel.key);
  }
  if (name == "expires") return assign_expiry(value, channel);
  if (name == "max_bitrate") return assign_bitrate(value, channel);
  if (name == "max_height") return assign_height(value, channel);
  return "one of name, key, expires, max_bitrate, max_height";
}

std::optional<Breach> assign_channel(const TomlValue::Table& table, ChannelConfig& channel) {
  for (const auto& [name, value] : table) {
    if (const Expectation expectation = assign_member(name, value, channel)) {
      return Breach{.place = "." + name,
                    .expectation = std::string(*expectation),
                    .got = name == "key" ? "something else" : shown(value)};
    }
  }
  if (channel.name.empty() || channel.key.empty()) {
    return Breach{.place = "", .expectation = "a table with name and key", .got = "one without"};
  }
  return std::nullopt;
}

std::optional<Breach> find_double(const std::vector<ChannelConfig>& channels,
                                  const ChannelConfig& channel) {
  if (std::ranges::find(channels, channel.name, &ChannelConfig::name) != channels.end()) {
    return Breach{.place = ".name",
                  .expectation = "different from the other channels'",
                  .got = toml_text(channel.name)};
  }
  if (std::ranges::find(channels, channel.key, &ChannelConfig::key) != channels.end()) {
    return Breach{.place = ".key",
                  .expectation = "different from the other channels'",
                  .got = "one that is in use"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Breach> ChannelsRule::assign(const TomlValue& value, Config& config) const {
  const Breach no_list{.place = "", .expectation = expectation(), .got = "something else"};
  const auto* array = value.as<TomlValue::Array>();
  if (array == nullptr || array->size() > kChannelCountMax) return no_list;
  std::vector<ChannelConfig> channels;
  for (const TomlValue& element : *array) {
    const auto* table = element.as<TomlValue::Table>();
    if (table == nullptr) return no_list;
    ChannelConfig channel;
    std::optional<Breach> breach = assign_channel(*table, channel);
    if (!breach) breach = find_double(channels, channel);
    if (breach) {
      breach->place.insert(0, fmt::format("[{}]", channels.size()));
      return breach;
    }
    channels.push_back(std::move(channel));
  }
  field(config) = std::move(channels);
  return std::nullopt;
}

std::string ChannelsRule::expectation() const {
  return fmt::format(
      "at most {} tables of name and key, and if wanted expires, max_bitrate, "
      "max_height",
      kChannelCountMax);
}

}  // namespace millrace::core
