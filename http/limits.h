// What one client may make this server hold or wait for (HT-11).
#pragma once

#include <chrono>
#include <cstddef>

#include "core/config.h"

namespace millrace::http {

struct Limits {
  /// Request line and fields together. Players send under 1 KiB; cookies of a shared domain up
  /// to 8.
  size_t head_bytes_max = 16 * 1024;
  size_t field_count_max = 100;
  /// The request target: CMCD in a query is about 1 KiB.
  size_t target_bytes_max = 8 * 1024;
  /// Framing of a chunked request that is not data: extensions, and trailers, of one body.
  size_t chunk_extension_bytes_max = 4 * 1024;
  size_t trailer_bytes_max = 4 * 1024;
  /// 2^53 - 1: what JSON and JavaScript can say exactly; 9 PB are beyond any upload.
  static constexpr unsigned long long kBodyBytesMax = (1ULL << 53) - 1;

  /// From the first byte of a request to the end of its head.
  std::chrono::milliseconds head_timeout{10'000};
  /// Between two requests.
  std::chrono::milliseconds idle_timeout{60'000};
  /// A peer that takes fewer than `taken_bytes_min` or gives fewer than `given_bytes_min` bytes
  /// within this is cut off. Does not run while a route is thinking.
  std::chrono::milliseconds stall_timeout{30'000};
  /// 1 KiB/s over 30 s: a tenth of the poorest audio rendition.
  size_t taken_bytes_min = 30 * 1024;
  size_t given_bytes_min = 30 * 1024;
  /// HTTP/2: requests of one connection that are under way. A browser asks for up to 100 at once.
  size_t stream_count_max = 128;
  /// How long a stop waits for responses under way.
  std::chrono::milliseconds drain_timeout{30'000};

  /// Of all cores. A connection costs 4 KiB of kernel memory idle, 250 KiB when its viewer stalls.
  size_t connection_count_max = 10'000;
  size_t connection_count_max_per_core = 10'000;
  /// On all cores. A household behind one address is some tens of connections.
  size_t connection_count_max_per_address = 256;
};

/// What the operator has set.
Limits limits_of(const core::HttpConfig& config, const core::ServerConfig& server);

}  // namespace millrace::http
