// What a key of the configuration may hold: one rule a kind of value. A rule reads a value into the
// Config, says what it expects, and shows what the Config holds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/config.h"
#include "core/toml.h"

namespace millrace::core {

/// A value that is against its rule; nothing was assigned.
struct Breach {
  std::string place;        ///< Within the value, `[2].bitrate`; empty: the value itself.
  std::string expectation;  ///< "a duration from 1s to 1min"
  std::string got;
};

template <class T>
using ConfigField = T& (*)(Config&);

struct FlagRule {
  ConfigField<bool> field;
  std::optional<Breach> assign(const TomlValue& value, Config& config) const;
  std::string expectation() const { return "true or false"; }
  std::string shown_in(Config& config) const { return field(config) ? "true" : "false"; }
};

struct IntegerRule {
  uint32_t min;
  uint32_t max;
  ConfigField<uint32_t> field;
  std::optional<Breach> assign(const TomlValue& value, Config& config) const;
  std::string expectation() const;
  std::string shown_in(Config& config) const;
};

struct IntegerListRule {
  uint32_t max;
  size_t count_max;
  ConfigField<std::vector<uint32_t>> field;
  std::optional<Breach> assign(const TomlValue& value, Config& config) const;
  std::string expectation() const;
  std::string shown_in(Config& config) const;
};

struct DurationRule {
  std::chrono::milliseconds min;
  std::chrono::milliseconds max;
  ConfigField<std::chrono::milliseconds> field;
  std::optional<Breach> assign(const TomlValue& value, Config& config) const;
  std::string expectation() const;
  std::string shown_in(Config& config) const;
};

struct ByteCountRule {
  ByteCount min;
  ByteCount max;
  ConfigField<ByteCount> field;
  std::optional<Breach> assign(const TomlValue& value, Config& config) const;
  std::string expectation() const;
  std::string shown_in(Config& config) const;
};

struct TextRule {
  bool (*valid)(std::string_view);
  std::string_view form;  ///< What `valid` asks for, in words.
  ConfigField<std::string> field;
  std::optional<Breach> assign(const TomlValue& value, Config& config) const;
  std::string expectation() const { return std::string(form); }
  std::string shown_in(Config& config) const { return toml_text(field(config)); }
};

struct TextListRule {
  bool (*valid)(std::string_view);
  std::string_view form;
  size_t count_max;
  ConfigField<std::vector<std::string>> field;
  std::optional<Breach> assign(const TomlValue& value, Config& config) const;
  std::string expectation() const;
  std::string shown_in(Config& config) const;
};

/// One of the names, by its place among them: that of the enumerator.
struct ChoiceRule {
  std::span<const std::string_view> names;
  void (*choose)(Config&, size_t index);
  size_t (*index_in)(const Config&);
  std::optional<Breach> assign(const TomlValue& value, Config& config) const;
  std::string expectation() const;
  std::string shown_in(Config& config) const { return toml_text(names[index_in(config)]); }
};

struct ListenRule {
  ConfigField<ListenAddress> field;
  std::optional<Breach> assign(const TomlValue& value, Config& config) const;
  std::string expectation() const;
  std::string shown_in(Config& config) const;
};

struct ListenListRule {
  size_t count_max;
  ConfigField<std::vector<ListenAddress>> field;
  std::optional<Breach> assign(const TomlValue& value, Config& config) const;
  std::string expectation() const;
  std::string shown_in(Config& config) const;
};

struct CertificatesRule {
  size_t count_max;
  ConfigField<std::vector<CertificateConfig>> field;
  std::optional<Breach> assign(const TomlValue& value, Config& config) const;
  std::string expectation() const;
  std::string shown_in(Config&) const { return "[]"; }
};

struct LadderRule {
  ConfigField<std::vector<LadderCodec>> field;
  std::optional<Breach> assign(const TomlValue& value, Config& config) const;
  std::string expectation() const;
  std::string shown_in(Config& config) const;
};

struct RungsRule {
  ConfigField<std::vector<RungConfig>> field;
  std::optional<Breach> assign(const TomlValue& value, Config& config) const;
  std::string expectation() const;
  std::string shown_in(Config&) const { return "[]"; }
};

struct ChannelsRule {
  ConfigField<std::vector<ChannelConfig>> field;
  std::optional<Breach> assign(const TomlValue& value, Config& config) const;
  std::string expectation() const;
  std::string shown_in(Config&) const { return "[]"; }
};

using ConfigRule = std::variant<FlagRule, IntegerRule, IntegerListRule, DurationRule, ByteCountRule,
                                TextRule, TextListRule, ChoiceRule, ListenRule, ListenListRule,
                                CertificatesRule, LadderRule, RungsRule, ChannelsRule>;

}  // namespace millrace::core
