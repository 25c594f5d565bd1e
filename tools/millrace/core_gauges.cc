#include "tools/millrace/core_gauges.h"

#include <string>

#include "core/frame_pool.h"

namespace millrace {
namespace {

int64_t level(uint64_t value) noexcept { return static_cast<int64_t>(value); }

core::Gauge of_core(core::Metrics& metrics, std::string_view name, std::string_view help,
                    unsigned index) {
  return metrics.gauge(
      {.name = name, .help = help, .labels = {{"core", std::to_string(index)}}});
}

core::Gauge memory(core::Metrics& metrics, std::string_view owner) {
  return metrics.gauge({.name = "millrace_memory_bytes",
                        .help = "Memory in use, by what it is used for.",
                        .labels = {{"owner", owner}}});
}

core::Gauge entries(core::Metrics& metrics, std::string_view cache) {
  return metrics.gauge({.name = "millrace_cache_entries",
                        .help = "What the caches of all cores hold.",
                        .labels = {{"cache", cache}}});
}

}  // namespace

CoreGauges::CoreGauges(core::Metrics& metrics, unsigned core_index)
    : connections_(of_core(metrics, "millrace_core_connections", "Connections of a core.",
                           core_index)),
      lag_us_(of_core(metrics, "millrace_core_lag_microseconds",
                      "Length of the turns of a core's loop, averaged over two seconds.",
                      core_index)),
      longest_turn_us_(of_core(metrics, "millrace_core_longest_turn_microseconds",
                               "The longest turn of a core's loop in the last second.",
                               core_index)),
      pressure_(of_core(metrics, "millrace_core_pressure",
                        "What a core refuses: 0 nothing, 1 connections, 2 also starts.",
                        core_index)),
      frames_(metrics.gauge({.name = "millrace_coroutine_frames",
                             .help = "Calls that are under way on all cores."})),
      buffers_(memory(metrics, "buffers")),
      recv_buffers_(memory(metrics, "recv_buffers")),
      playlist_bytes_(memory(metrics, "playlists")),
      download_bytes_(memory(metrics, "downloads")),
      playlists_(entries(metrics, "playlists")),
      downloads_(entries(metrics, "downloads")),
      tracks_(entries(metrics, "videos")),
      track_files_(entries(metrics, "track_files")) {}

void CoreGauges::show(const Seen& seen) const {
  connections_.set(level(seen.connections));
  lag_us_.set(seen.core.loop_lag().average().count());
  longest_turn_us_.set(std::chrono::duration_cast<std::chrono::microseconds>(
                           seen.core.loop_lag().take_longest())
                           .count());
  pressure_.set(static_cast<int64_t>(seen.pressure.level()));
  frames_.set(core::frames_outstanding());
  buffers_.set(level(seen.core.buffers().in_use()));
  recv_buffers_.set(level(seen.core.recv_buffers().bytes_in_use()));
  playlist_bytes_.set(level(seen.playlists.bytes()));
  download_bytes_.set(level(seen.downloads.bytes()));
  playlists_.set(level(seen.playlists.size()));
  downloads_.set(level(seen.downloads.size()));
  tracks_.set(level(seen.tracks.size()));
  track_files_.set(level(seen.tracks.file_count()));
}

MachineGauges::MachineGauges(core::Metrics& metrics)
    : descriptors_open_(metrics.gauge(
          {.name = "process_open_fds", .help = "Descriptors that the process has open."})),
      descriptors_max_(metrics.gauge(
          {.name = "process_max_fds", .help = "Descriptors that it may have open."})),
      resident_bytes_(metrics.gauge(
          {.name = "process_resident_memory_bytes", .help = "Memory of the process."})),
      tcp_bytes_(metrics.gauge({.name = "millrace_tcp_memory_bytes",
                                .help = "Memory of the machine's TCP connections."})),
      tcp_bytes_max_(metrics.gauge({.name = "millrace_tcp_memory_max_bytes",
                                    .help = "Where the kernel refuses TCP more memory."})),
      workers_(metrics.gauge(
          {.name = "millrace_workers", .help = "Transcodes and exports that run or wait."})) {}

void MachineGauges::show(const core::MachineLoad& load, size_t worker_count) const {
  descriptors_open_.set(level(load.descriptors_open));
  descriptors_max_.set(level(load.descriptors_max));
  resident_bytes_.set(level(load.resident_bytes));
  const core::TcpMemory tcp = load.tcp.value_or(core::TcpMemory{});
  tcp_bytes_.set(level(tcp.used * load.page_size));
  tcp_bytes_max_.set(level(tcp.max * load.page_size));
  workers_.set(level(worker_count));
}

}  // namespace millrace
