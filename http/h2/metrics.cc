#include "http/h2/metrics.h"

#include <string_view>

namespace millrace::http::h2 {
namespace {

core::Counter flood_counter(core::Metrics& registry, std::string_view kind) {
  return registry.counter({.name = "millrace_http2_floods_total",
                           .help = "Connections ended with ENHANCE_YOUR_CALM, by what there was "
                                   "too much of.",
                           .labels = {{"kind", kind}}});
}

core::Counter reset_counter(core::Metrics& registry, std::string_view by) {
  return registry.counter({.name = "millrace_http2_resets_total",
                           .help = "Streams cancelled, by the peer or by this server.",
                           .labels = {{"by", by}}});
}

}  // namespace

Metrics::Metrics(core::Metrics& registry)
    : connections(registry.gauge(
          {.name = "millrace_http2_connections", .help = "Open connections that speak HTTP/2."})),
      streams(registry.gauge({.name = "millrace_http2_streams",
                              .help = "HTTP/2 requests that came and are not yet over."})),
      refused_streams(registry.counter(
          {.name = "millrace_http2_refused_streams_total",
           .help = "HTTP/2 requests refused as cancelled ones were still being worked on."})),
      peer_resets(reset_counter(registry, "peer")),
      own_resets(reset_counter(registry, "server")),
      window_stalls(registry.counter(
          {.name = "millrace_http2_window_stalls_total",
           .help = "HTTP/2 responses given up since the peer opened no window for them."})),
      floods_{flood_counter(registry, "resets"),       flood_counter(registry, "forced_resets"),
              flood_counter(registry, "settings"),     flood_counter(registry, "pings"),
              flood_counter(registry, "priorities"),   flood_counter(registry, "window_updates"),
              flood_counter(registry, "empty_frames"), flood_counter(registry, "queue"),
              flood_counter(registry, "continuations")} {}

}  // namespace millrace::http::h2
