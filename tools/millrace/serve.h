// The server from its first log line to its last, under the orders of its operator.
#pragma once

#include <string>
#include <vector>

#include "core/config.h"

namespace millrace {

/// How the process was called: a successor is called the same way, and a reload reads again.
struct Invocation {
  std::vector<std::string> command;  ///< The path of the program, then its arguments.
  std::string config_file;
  std::vector<std::string> settings;
};

/// Serves until it is told to end or a successor has taken over. Yields the exit code.
int serve(const Invocation& invocation, const core::Config& config);

}  // namespace millrace
