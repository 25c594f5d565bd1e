// How much of what the machine grants is used up.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace::core {

/// In pages. Source: tcp(7), tcp_mem.
struct TcpMemory {
  uint64_t used = 0;
  uint64_t pressure = 0;  ///< From here on the kernel gives sockets less.
  uint64_t max = 0;
  bool operator==(const TcpMemory&) const = default;
};

struct MachineLoad {
  std::optional<TcpMemory> tcp;  ///< Empty where the machine does not tell (some containers).
  uint64_t page_size = 4096;
  uint64_t descriptors_open = 0;
  uint64_t descriptors_max = 0;
  uint64_t resident_bytes = 0;  ///< Of this process.
};

/// Reads /proc, which may take milliseconds: for the control thread.
MachineLoad sample_machine_load();

/// `sockstat` and `tcp_mem` as /proc has them; empty when they are not of that form.
std::optional<TcpMemory> read_tcp_memory(std::string_view sockstat, std::string_view tcp_mem);

}  // namespace millrace::core
