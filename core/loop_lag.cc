#include "core/loop_lag.h"

#include <algorithm>

namespace millrace::core {

void LoopLag::worked(MonotonicTime begin, MonotonicTime end) noexcept {
  constexpr std::chrono::duration<double> kTime = kMemory;
  const std::chrono::duration<double> turn = end - begin;
  const std::chrono::duration<double> idle = begin - std::exchange(last_end_, end);
  // Near enough to the exponentials for a fraction of their price: this runs in every turn.
  average_ *= kTime / (kTime + std::max(idle, idle.zero()));
  average_ += (turn - average_) * std::min(1.0, turn / kTime);
  longest_ = std::max<std::chrono::nanoseconds>(longest_, end - begin);
}

}  // namespace millrace::core
