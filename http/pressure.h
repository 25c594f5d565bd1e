// What is refused when there is too much, and in which order.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "core/loop_lag.h"
#include "core/machine_load.h"

namespace millrace::http {

/// Each step refuses what it names and what the steps before it do. Playlists and segments of
/// sessions that run are refused by none.
enum class Pressure : uint8_t {
  kNone,
  kNoConnections,  ///< New connections get 503.
  kNoStarts,       ///< So do routes that begin something long (Admission::kWhenCalm).
};

enum class PressureSignal : uint8_t { kLoopLag, kTcpMemory, kDescriptors };
inline constexpr size_t kPressureSignalCount = 3;

std::string_view to_string(Pressure pressure) noexcept;
std::string_view to_string(PressureSignal signal) noexcept;

/// Of one core. The machine's part comes from outside now and then; the core's own is always of
/// this moment.
class PressureGauge {
 public:
  /// Shares of the limit on descriptors, in percent: the rest is for files of running sessions.
  static constexpr uint64_t kDescriptorsOfConnections = 90;
  static constexpr uint64_t kDescriptorsOfStarts = 95;

  explicit PressureGauge(const core::LoopLag& lag) noexcept : lag_(lag) {}

  /// Turns of this length refuse connections, turns twice as long also starts.
  void set_lag_max(std::chrono::milliseconds lag_max) noexcept { lag_max_ = lag_max; }
  void set_machine_load(const core::MachineLoad& load) noexcept;
  [[nodiscard]] Pressure level() const noexcept;
  [[nodiscard]] Pressure level(PressureSignal signal) const noexcept;

 private:
  const core::LoopLag& lag_;
  /// A player that waits 200 ms more for each part of 200 ms stalls.
  std::chrono::milliseconds lag_max_{200};
  std::array<Pressure, kPressureSignalCount> of_machine_{};
};

}  // namespace millrace::http
