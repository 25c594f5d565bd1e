#include "http/limits.h"

#include <algorithm>

#include "core/cores.h"

namespace millrace::http {

Limits limits_of(const core::HttpConfig& config, const core::ServerConfig& server) {
  Limits limits;
  limits.head_bytes_max = config.head_size_max.value;
  limits.field_count_max = config.header_count_max;
  limits.target_bytes_max = config.target_size_max.value;
  limits.head_timeout = config.head_timeout;
  limits.idle_timeout = config.idle_timeout;
  limits.stall_timeout = config.stall_timeout;
  // One rate serves both ways: the lower, as neither may cut off what the other allows.
  const uint64_t rate = std::min(config.send_rate_min.value, config.receive_rate_min.value);
  limits.stall_bytes_min =
      rate * static_cast<uint64_t>(config.stall_timeout.count()) / uint64_t{1000};
  limits.drain_timeout = server.shutdown_deadline;
  // An equal share of the whole for each core: they do not count together.
  const size_t cores = server.cores != 0 ? server.cores : core::allowed_cpus().size();
  limits.connection_count_max = std::max<size_t>(
      1, std::min<size_t>(config.connections_per_core_max, config.connections_max / cores));
  limits.connection_count_max_per_address = config.connections_per_address_max;
  return limits;
}

}  // namespace millrace::http
