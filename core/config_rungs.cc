// The tables of [[transcode.rung]].
#include <fmt/format.h>

#include <algorithm>

#include "core/config_rules.h"
#include "core/units.h"

namespace millrace::core {
namespace {

constexpr size_t kRungCountMax = 16;
constexpr int64_t kHeightMin = 64;
constexpr int64_t kHeightMax = 4320;
constexpr uint32_t kBitrateMinBps = 10'000;

bool is_slug(std::string_view text, size_t size_max) noexcept {
  return text.size() <= size_max && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

/// What a member must be, when `value` is not that.
using Expectation = std::optional<std::string_view>;

Expectation assign_bitrate(const TomlValue& value, uint32_t& bitrate_bps) {
  const std::string* text = value.as<std::string>();
  const auto bitrate = text == nullptr ? std::nullopt : parse_bitrate(*text);
  if (!bitrate || *bitrate < kBitrateMinBps) {
    return R"(a bitrate from "10kbps", in quotes with its unit kbps or Mbps)";
  }
  bitrate_bps = *bitrate;
  return std::nullopt;
}

Expectation assign_slug(const TomlValue& value, std::string& slug) {
  const std::string* text = value.as<std::string>();
  if (text == nullptr || text->empty() || !is_slug(*text, 32)) {
    return "1 to 32 lower-case letters, digits and hyphens";
  }
  slug = *text;
  return std::nullopt;
}

Expectation assign_codec(const TomlValue& value, LadderCodec& codec) {
  const std::string* text = value.as<std::string>();
  const auto* name = text == nullptr ? std::end(kLadderCodecNames)
                                     : std::ranges::find(kLadderCodecNames, *text);
  if (name == std::end(kLadderCodecNames)) return R"(one of "h264", "vp9", "av1")";
  codec = static_cast<LadderCodec>(name - std::begin(kLadderCodecNames));
  return std::nullopt;
}

Expectation assign_height(const TomlValue& value, uint32_t& height) {
  const int64_t* pixels = value.as<int64_t>();
  if (pixels == nullptr || *pixels < kHeightMin || *pixels > kHeightMax || *pixels % 2 != 0) {
    return "an even number of pixels from 64 to 4320";
  }
  height = static_cast<uint32_t>(*pixels);
  return std::nullopt;
}

Expectation assign_member(std::string_view name, const TomlValue& value, RungConfig& rung) {
  if (name == "quality") return assign_slug(value, rung.quality);
  if (name == "codec") return assign_codec(value, rung.codec);
  if (name == "height") return assign_height(value, rung.height);
  if (name == "bitrate") return assign_bitrate(value, rung.bitrate_bps);
  if (name == "max_bitrate") return assign_bitrate(value, rung.max_bitrate_bps);
  if (name == "preset") return assign_slug(value, rung.preset);
  return "one of quality, codec, height, bitrate, max_bitrate, preset";
}

std::optional<Breach> assign_rung(const TomlValue::Table& table, RungConfig& rung) {
  for (const auto& [name, value] : table) {
    if (const Expectation expectation = assign_member(name, value, rung)) {
      return Breach{.place = "." + name,
                    .expectation = std::string(*expectation),
                    .got = shown(value)};
    }
  }
  if (rung.height == 0 || rung.bitrate_bps == 0) {
    return Breach{.place = "", .expectation = "a table with height and bitrate",
                  .got = "one without"};
  }
  if (rung.max_bitrate_bps != 0 && rung.max_bitrate_bps < rung.bitrate_bps) {
    return Breach{.place = ".max_bitrate",
                  .expectation = "at least the bitrate, " + format_bitrate(rung.bitrate_bps),
                  .got = toml_text(format_bitrate(rung.max_bitrate_bps))};
  }
  if (rung.quality.empty()) {
    constexpr std::string_view kSuffixes[] = {"", "-vp9", "-av1"};
    rung.quality = fmt::format("{}p{}", rung.height, kSuffixes[static_cast<size_t>(rung.codec)]);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Breach> RungsRule::assign(const TomlValue& value, Config& config) const {
  const auto* array = value.as<TomlValue::Array>();
  if (array == nullptr || array->size() > kRungCountMax) {
    return Breach{.place = "", .expectation = expectation(), .got = shown(value)};
  }
  std::vector<RungConfig> rungs;
  for (const TomlValue& element : *array) {
    const auto* table = element.as<TomlValue::Table>();
    RungConfig rung;
    std::optional<Breach> breach =
        table != nullptr ? assign_rung(*table, rung)
                         : Breach{.place = "", .expectation = expectation(), .got = shown(value)};
    if (!breach &&
        std::ranges::find(rungs, rung.quality, &RungConfig::quality) != rungs.end()) {
      breach = Breach{.place = ".quality",
                      .expectation = "different from the other rungs'",
                      .got = toml_text(rung.quality)};
    }
    if (breach) {
      breach->place.insert(0, fmt::format("[{}]", rungs.size()));
      return breach;
    }
    rungs.push_back(std::move(rung));
  }
  field(config) = std::move(rungs);
  return std::nullopt;
}

std::string RungsRule::expectation() const {
  return fmt::format("at most {} tables of height and bitrate, and if wanted quality, codec, "
                     "max_bitrate, preset", kRungCountMax);
}

}  // namespace millrace::core
