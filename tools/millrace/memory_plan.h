// The most memory that a configuration lets the server take, by owner.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config.h"

namespace millrace {

struct MemoryShare {
  std::string owner;
  uint64_t bytes = 0;
  std::string sum;  ///< How the number comes about.
};

struct MemoryPlan {
  std::vector<MemoryShare> server;   ///< Of this process.
  std::vector<MemoryShare> workers;  ///< Of the processes that it starts.
  std::vector<MemoryShare> kernel;   ///< Of sockets; bounded by the machine's tcp_mem besides.
};

/// From the limits that the code itself goes by. Caches count with the size of a usual entry, which
/// stands beside the limit on their number.
MemoryPlan plan_memory(const core::Config& config);

/// As a table for people, with sums.
std::string describe_memory(const core::Config& config);

}  // namespace millrace
