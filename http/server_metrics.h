// What the HTTP server counts.
#pragma once

#include <chrono>
#include <vector>

#include "core/metrics.h"
#include "http/h2/metrics.h"
#include "http/route_class.h"

namespace millrace::http {

/// Handles, one set for all cores: each core adds to cells of its own.
class ServerMetrics {
 public:
  explicit ServerMetrics(core::Metrics& registry);

  core::Gauge connections;
  core::Counter accepted;
  core::Counter handed_over;       ///< Accepted by a core that held more than another.
  core::Counter refused;           ///< Over a limit on connections, or under pressure.
  core::Counter refused_starts;    ///< Requests refused under pressure.
  core::Counter received_bytes;
  core::Counter sent_memory_bytes;  ///< Copied once, by the kernel, from our memory.
  core::Counter sent_file_bytes;    ///< By sendfile: never in our memory.
  core::Counter sends;
  core::Counter sendfiles;
  core::Counter prefetches;        ///< Windows of a file that were not in the page cache.
  core::Counter stalls;            ///< Peers cut off for taking or giving too little.
  core::Counter broken_responses;  ///< Ended between head and end, by closing the connection.
  h2::Metrics h2;

  void count_response(int status) const noexcept;
  /// `thought`: from the end of the request's head to the head of its response.
  void count_thought(RouteClass route_class, std::chrono::nanoseconds thought) const noexcept {
    of(route_class).thought.record(thought);
  }
  /// A response that has left, whole or not; `bytes` are those of its body.
  void count_exchange(RouteClass route_class, uint64_t bytes) const noexcept {
    of(route_class).requests.add();
    of(route_class).bytes.add(bytes);
  }

 private:
  struct OfClass {
    core::Counter requests;
    core::Counter bytes;
    core::Histogram thought;
  };
  const OfClass& of(RouteClass route_class) const noexcept {
    return of_class_[static_cast<size_t>(route_class)];
  }

  std::vector<OfClass> of_class_;  // By RouteClass.
  core::Counter informational_;
  core::Counter successful_;
  core::Counter redirected_;
  core::Counter client_errors_;
  core::Counter server_errors_;
};

}  // namespace millrace::http
