#include "http/limits.h"

namespace millrace::http {

Limits limits_of(const core::HttpConfig& config, const core::ServerConfig& server) {
  Limits limits;
  limits.head_bytes_max = config.head_size_max.value;
  limits.field_count_max = config.header_count_max;
  limits.target_bytes_max = config.target_size_max.value;
  limits.head_timeout = config.head_timeout;
  limits.idle_timeout = config.idle_timeout;
  limits.stall_timeout = config.stall_timeout;
  const auto over_timeout = [&](core::ByteCount rate) {
    return rate.value * static_cast<uint64_t>(config.stall_timeout.count()) / uint64_t{1000};
  };
  limits.taken_bytes_min = over_timeout(config.send_rate_min);
  limits.given_bytes_min = over_timeout(config.receive_rate_min);
  limits.drain_timeout = server.shutdown_deadline;
  limits.connection_count_max = config.connections_max;
  limits.connection_count_max_per_core = config.connections_per_core_max;
  limits.connection_count_max_per_address = config.connections_per_address_max;
  return limits;
}

}  // namespace millrace::http
