// A configuration taken over by a server that runs.
#pragma once

#include <string>

#include "core/config.h"

namespace millrace::core {

struct ConfigChange {
  std::string applied;        ///< Names of keys, with commas between.
  std::string needs_restart;  ///< Keys whose new value waits for the next start.
};

/// Copies into `running` what differs in `wanted` and is reloadable in the table of keys.
ConfigChange take_reloadable_keys(Config& running, Config wanted);

}  // namespace millrace::core
