// What the HTTP server counts.
#pragma once

#include <chrono>

#include "core/metrics.h"
#include "http/h2/metrics.h"

namespace millrace::http {

/// Handles, one set for all cores: each core adds to cells of its own.
class ServerMetrics {
 public:
  explicit ServerMetrics(core::Metrics& registry);

  core::Gauge connections;
  core::Counter accepted;
  core::Counter refused;  ///< Over a limit on connections.
  core::Counter received_bytes;
  core::Counter sent_memory_bytes;  ///< Copied once, by the kernel, from our memory.
  core::Counter sent_file_bytes;    ///< By sendfile: never in our memory.
  core::Counter sends;
  core::Counter sendfiles;
  core::Counter prefetches;        ///< Windows of a file that were not in the page cache.
  core::Counter stalls;            ///< Peers cut off for taking or giving too little.
  core::Counter broken_responses;  ///< Ended between head and end, by closing the connection.
  core::Histogram response_time;   ///< From the end of a request's head to its response's head.
  h2::Metrics h2;

  void count_response(int status) const noexcept;

 private:
  core::Counter informational_;
  core::Counter successful_;
  core::Counter redirected_;
  core::Counter client_errors_;
  core::Counter server_errors_;
};

}  // namespace millrace::http
