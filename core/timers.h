// Deadlines of one core: a hashed wheel, because a request sets and drops several of them.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "core/clock.h"
#include "core/intrusive_list.h"

namespace millrace::core {

/// A deadline embedded in whatever waits. `on_expiry` runs on the timer's core and may set the
/// timer again, or destroy it. Destroying a timer drops it.
class Timer : public ListNode {
 public:
  using OnExpiry = void (*)(Timer*) noexcept;
  explicit Timer(OnExpiry on_expiry) noexcept : on_expiry_(on_expiry) {}

 private:
  friend class Timers;
  OnExpiry on_expiry_;
  uint64_t tick_ = 0;
};

/// Coarse: a timer fires within one tick (8 ms) after its time, never before it. Setting and
/// dropping are O(1). Four levels of 64 slots reach 37 hours; later deadlines are looked at again
/// then. Source: Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", 1987.
class Timers {
 public:
  static constexpr std::chrono::milliseconds kTick{8};

  explicit Timers(MonotonicTime now) noexcept : start_(now) {}

  /// Sets `timer`, dropping what it was set to. A time in the past fires at the next `advance`.
  void set(Timer& timer, MonotonicTime when) noexcept;
  void drop(Timer& timer) noexcept { timer.unlink(); }
  /// Fires what is due at `now`. Yields how many did.
  unsigned advance(MonotonicTime now) noexcept;
  /// How long after `now` the next `advance` may have something to do; nullopt: nothing is set.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> until_next(MonotonicTime now) noexcept;

 private:
  static constexpr unsigned kLevels = 4;
  static constexpr unsigned kSlotBits = 6;
  static constexpr unsigned kSlots = 1U << kSlotBits;
  using Level = std::array<IntrusiveList<Timer>, kSlots>;

  void place(Timer& timer) noexcept;
  void cascade() noexcept;
  [[nodiscard]] uint64_t tick_at_or_after(MonotonicTime when) const noexcept;
  [[nodiscard]] MonotonicTime time_of(uint64_t tick) const noexcept {
    return start_ + tick * kTick;
  }

  MonotonicTime start_;
  uint64_t now_tick_ = 0;  // every timer due at or before it has fired.
  std::array<Level, kLevels> levels_;
};

}  // namespace millrace::core
