#include "http/pressure.h"

#include <algorithm>

namespace millrace::http {
namespace {

// From `pressure` on the kernel shrinks the buffers of all sockets, running sessions' included; at
// nine tenths of `max`, where it would drop what arrives, nothing new may begin.
Pressure of_tcp(const core::TcpMemory& tcp) noexcept {
  if (tcp.used >= tcp.max / 10 * 9) return Pressure::kNoStarts;
  return tcp.used >= tcp.pressure ? Pressure::kNoConnections : Pressure::kNone;
}

Pressure of_descriptors(const core::MachineLoad& load) noexcept {
  if (load.descriptors_max == 0) return Pressure::kNone;
  const uint64_t percent = load.descriptors_open * 100 / load.descriptors_max;
  if (percent >= PressureGauge::kDescriptorsOfStarts) return Pressure::kNoStarts;
  return percent >= PressureGauge::kDescriptorsOfConnections ? Pressure::kNoConnections
                                                             : Pressure::kNone;
}

}  // namespace

std::string_view to_string(Pressure pressure) noexcept {
  switch (pressure) {
    case Pressure::kNone: return "none";
    case Pressure::kNoConnections: return "no_connections";
    case Pressure::kNoStarts: return "no_starts";
  }
  return "none";
}

std::string_view to_string(PressureSignal signal) noexcept {
  switch (signal) {
    case PressureSignal::kLoopLag: return "loop_lag";
    case PressureSignal::kTcpMemory: return "tcp_memory";
    case PressureSignal::kDescriptors: return "descriptors";
  }
  return "loop_lag";
}

void PressureGauge::set_machine_load(const core::MachineLoad& load) noexcept {
  const Pressure tcp = load.tcp ? of_tcp(*load.tcp) : Pressure::kNone;
  of_machine_[static_cast<size_t>(PressureSignal::kTcpMemory)] = tcp;
  of_machine_[static_cast<size_t>(PressureSignal::kDescriptors)] = of_descriptors(load);
}

Pressure PressureGauge::level(PressureSignal signal) const noexcept {
  if (signal == PressureSignal::kLoopLag) {
    if (lag_.average() >= 2 * lag_max_) return Pressure::kNoStarts;
    return lag_.average() >= lag_max_ ? Pressure::kNoConnections : Pressure::kNone;
  }
  return of_machine_[static_cast<size_t>(signal)];
}

Pressure PressureGauge::level() const noexcept {
  return std::max({level(PressureSignal::kLoopLag), level(PressureSignal::kTcpMemory),
                   level(PressureSignal::kDescriptors)});
}

}  // namespace millrace::http
