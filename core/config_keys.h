// The table of all keys of the configuration.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/config_rules.h"

namespace millrace::core {

/// Whether a running server takes a new value over (SIGHUP).
enum class Reload : uint8_t { kNever, kBySignal };

struct ConfigKey {
  std::string_view path;     ///< `section.name`
  std::string_view meaning;  ///< One sentence or two, in 98 columns.
  ConfigRule rule;
  Reload reload = Reload::kNever;
};

/// Grouped by section, in the order of the reference.
std::span<const ConfigKey> config_keys();

/// nullptr when there is no such key.
const ConfigKey* find_config_key(std::string_view path);

/// The key whose spelling is nearest, if one is near enough to be meant; else nullptr.
const ConfigKey* nearest_config_key(std::string_view path);

}  // namespace millrace::core
