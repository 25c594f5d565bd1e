// Completions on their way to their operations.
#pragma once

#include <cstdint>
#include <vector>

#include "core/ring.h"

namespace millrace::core::epoll {

/// What a CQE says.
struct Completion {
  Op* op = nullptr;  // Null: nobody asked.
  int32_t result = 0;
  uint32_t flags = 0;
};

/// In order. As many as the operations under way: multishot ones complete a bounded number of times
/// a turn.
using Completions = std::vector<Completion>;

}  // namespace millrace::core::epoll
