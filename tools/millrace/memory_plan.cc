#include "tools/millrace/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/cores.h"
#include "core/headcount.h"
#include "core/limits.h"
#include "core/recv_buffers.h"
#include "http/clear_transport.h"
#include "http/connection.h"
#include "http/tls/tls_transport.h"
#include "media/api/playlist_cache.h"
#include "media/library/download_cache.h"
#include "media/library/track_loader.h"
#include "media/library/ts_exporter.h"
#include "media/worker/records.h"

namespace millrace {
namespace {

constexpr uint64_t kKiB = 1024;

// Frames of a session and its route, the response's head, and a body that is joined to it.
constexpr uint64_t kRequestBytes = 8 * kKiB + kKiB + 32 * kKiB;
// One slot of a field in RequestFields.
constexpr uint64_t kFieldBytes = 16;
// OpenSSL's state of a connection after its handshake; the slabs of what it sends are "buffers".
constexpr uint64_t kOpenSslBytes = 12 * kKiB;
// The kernel's socket with the 128 KiB that may wait unsent and as much on its way.
constexpr uint64_t kSocketBytes = 256 * kKiB;
constexpr uint64_t kFrameOfACall = kKiB;

std::string shown(uint64_t bytes) {
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < std::size(kUnits)) value /= 1024, ++unit;
  return fmt::format("{:.1f} {}", value, kUnits[unit]);
}

MemoryShare share(std::string owner, uint64_t count, std::string_view of, uint64_t bytes_each) {
  return {.owner = std::move(owner),
          .bytes = count * bytes_each,
          .sum = fmt::format("{} {} of {}", count, of, shown(bytes_each))};
}

uint64_t cores_of(const core::Config& config) {
  if (config.server.cores != 0) return config.server.cores;
  if (!config.server.cpu_affinity.empty()) return config.server.cpu_affinity.size();
  return core::allowed_cpus().size();
}

void add_caches(std::vector<MemoryShare>& shares, uint64_t cores) {
  using media::api::PlaylistCache;
  using media::library::DownloadCache;
  using media::library::TrackLoader;
  shares.push_back(share("cached tracks", cores * TrackLoader::kVideosMax, "videos",
                         TrackLoader::kUsualVideoBytes));
  shares.push_back(share("cached playlists", cores * PlaylistCache::kPlaylistsMax, "playlists",
                         PlaylistCache::kUsualPlaylistBytes));
  shares.push_back(share("cached downloads", cores * DownloadCache::kLayoutsMax, "layouts",
                         DownloadCache::kUsualLayoutBytes));
}

void append_table(std::string& text, std::string_view title,
                  const std::vector<MemoryShare>& shares) {
  uint64_t sum = 0;
  fmt::format_to(std::back_inserter(text), "{}\n", title);
  for (const MemoryShare& each : shares) {
    fmt::format_to(std::back_inserter(text), "  {:<20} {:>12}  {}\n", each.owner,
                   shown(each.bytes), each.sum);
    sum += each.bytes;
  }
  fmt::format_to(std::back_inserter(text), "  {:<20} {:>12}\n", "sum", shown(sum));
}

}  // namespace

MemoryPlan plan_memory(const core::Config& config) {
  const uint64_t cores = cores_of(config);
  const uint64_t connections = std::min<uint64_t>(
      config.http.connections_max, cores * config.http.connections_per_core_max);
  const uint64_t workers = std::max<uint64_t>(config.workers.max, 1);
  const uint64_t streams = std::min<uint64_t>(config.live.streams_max, config.live.channel.size());
  const uint64_t processes = workers + media::library::TsExporter::kAtOnce + streams;
  const core::RecvBuffersSize recv;
  MemoryPlan plan;
  plan.server = {
      share("connections", connections, "connections",
            sizeof(http::Connection) + sizeof(http::ClearTransport)),
      share("requests", connections, "requests",
            config.http.head_size_max.value + config.http.header_count_max * kFieldBytes +
                kRequestBytes),
      share("buffers", cores, "cores", config.buffers.budget.value),
      share("receive buffers", cores, "cores", uint64_t{recv.count} * recv.buffer_size),
      share("mailboxes", cores * core::CoreOptions{}.mailbox_capacity, "calls", kFrameOfACall)};
  add_caches(plan.server, cores);
  if (!config.tls.listen.empty()) {
    plan.server.push_back(share("TLS", connections, "connections",
                                sizeof(http::tls::TlsTransport) + kOpenSslBytes));
  }
  if (!config.files.folder.empty()) {
    plan.server.push_back(share("cached files", cores, "cores", config.files.cache_memory.value));
  }
  if (streams > 0) {
    plan.server.push_back(share("live parts", 1, "store", config.live.memory.value));
  }
  plan.server.push_back(share("worker rings", processes, "processes",
                              media::worker::kUpRingSize + media::worker::kDownRingSize));
  plan.server.push_back(share("metrics", cores + 4, "threads",
                              core::kMetricCellCountMax * sizeof(uint64_t)));
  plan.server.push_back(
      share("event log", core::kLogQueueLineCount, "lines", core::kLogLineSizeMax));
  if (config.access_log.mode != core::AccessLogMode::kOff) {
    plan.server.push_back(share("access log", cores, "cores", core::kLineSpoolRingSize));
  }
  plan.server.push_back(
      share("addresses", core::Headcount::kPlaceCount, "places", sizeof(uint64_t)));
  plan.workers = {share("workers", processes, "processes", config.workers.memory_max.value)};
  plan.kernel = {share("sockets", connections, "connections", kSocketBytes)};
  return plan;
}

std::string describe_memory(const core::Config& config) {
  const MemoryPlan plan = plan_memory(config);
  std::string text = "The configuration is good. The most memory that it allows:\n";
  append_table(text, "server", plan.server);
  append_table(text, "worker processes", plan.workers);
  append_table(text, "kernel, for sockets (and not more than net.ipv4.tcp_mem)", plan.kernel);
  return text;
}

}  // namespace millrace
