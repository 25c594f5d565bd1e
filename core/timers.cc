#include "core/timers.h"

#include <algorithm>

namespace millrace::core {

uint64_t Timers::tick_at_or_after(MonotonicTime when) const noexcept {
  if (when <= start_) return 0;
  const auto since = when - start_;
  return static_cast<uint64_t>((since + kTick - std::chrono::nanoseconds{1}) / kTick);
}

void Timers::set(Timer& timer, MonotonicTime when) noexcept {
  timer.unlink();
  timer.tick_ = std::max(tick_at_or_after(when), now_tick_ + 1);
  place(timer);
}

void Timers::place(Timer& timer) noexcept {
  // The level is that of the highest bit in which the deadline differs from now: its slot there is
  // visited when now reaches it, and by then the lower levels are free to take it.
  const uint64_t reach = (uint64_t{1} << (kLevels * kSlotBits)) - 1;
  const uint64_t tick = std::min(timer.tick_, now_tick_ | reach);
  const uint64_t differs = tick ^ now_tick_;
  unsigned level = 0;
  while (level + 1 < kLevels && (differs >> ((level + 1) * kSlotBits)) != 0) ++level;
  levels_[level][(tick >> (level * kSlotBits)) % kSlots].push_back(timer);
}

void Timers::cascade() noexcept {
  for (unsigned level = kLevels - 1; level > 0; --level) {
    if ((now_tick_ & ((uint64_t{1} << (level * kSlotBits)) - 1)) != 0) continue;
    IntrusiveList<Timer> due;
    due.splice(levels_[level][(now_tick_ >> (level * kSlotBits)) % kSlots]);
    while (Timer* timer = due.pop_front()) {
      timer->tick_ = std::max(timer->tick_, now_tick_);
      place(*timer);
    }
  }
}

unsigned Timers::advance(MonotonicTime now) noexcept {
  unsigned fired = 0;
  while (time_of(now_tick_ + 1) <= now) {
    const auto next = until_next(time_of(now_tick_));
    if (!next) {  // Nothing is set: skip the empty slots at once.
      now_tick_ = static_cast<uint64_t>((now - start_) / kTick);
      break;
    }
    const uint64_t skip = static_cast<uint64_t>(*next / kTick);
    const uint64_t target = static_cast<uint64_t>((now - start_) / kTick);
    now_tick_ = std::min(now_tick_ + std::max<uint64_t>(skip, 1), target);
    cascade();
    IntrusiveList<Timer> due;
    due.splice(levels_[0][now_tick_ % kSlots]);
    while (Timer* timer = due.pop_front()) {
      if (timer->tick_ > now_tick_) {  // Beyond the wheel's reach when it was set.
        place(*timer);
        continue;
      }
      ++fired;
      timer->on_expiry_(timer);
    }
  }
  return fired;
}

std::optional<std::chrono::nanoseconds> Timers::until_next(MonotonicTime now) noexcept {
  // The first slot in use of the lowest level in use: a timer there is due, or moves down, no
  // later.
  for (unsigned level = 0; level < kLevels; ++level) {
    const unsigned shift = level * kSlotBits;
    const uint64_t current = now_tick_ >> shift;
    for (uint64_t slot = current + 1; slot <= current + kSlots; ++slot) {
      if (levels_[level][slot % kSlots].empty()) continue;
      const MonotonicTime when = time_of(slot << shift);
      return std::max(std::chrono::nanoseconds::zero(),
                      std::chrono::duration_cast<std::chrono::nanoseconds>(when - now));
    }
  }
  return std::nullopt;
}

}  // namespace millrace::core
