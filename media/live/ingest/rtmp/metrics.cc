#include "media/live/ingest/rtmp/metrics.h"

namespace millrace::media::rtmp {

RtmpMetrics::RtmpMetrics(core::Metrics& registry)
    : connections(registry.gauge(
          {.name = "millrace_rtmp_connections", .help = "RTMP connections that are open."})),
      publishers(registry.gauge(
          {.name = "millrace_rtmp_publishers", .help = "RTMP connections that publish."})),
      accepted(registry.counter(
          {.name = "millrace_rtmp_accepted_total", .help = "RTMP connections accepted."})),
      refused(registry.counter({.name = "millrace_rtmp_refused_total",
                                .help = "RTMP connections refused by a limit on their number."})),
      refused_publish(
          registry.counter({.name = "millrace_rtmp_refused_publish_total",
                            .help = "Publishers refused: a wrong key or one that is in use."})),
      received_bytes(registry.counter(
          {.name = "millrace_rtmp_received_bytes_total", .help = "Bytes received over RTMP."})),
      broken(registry.counter({.name = "millrace_rtmp_broken_total",
                               .help = "RTMP connections ended by a fault in their protocol."})),
      stalls(registry.counter(
          {.name = "millrace_rtmp_stalls_total", .help = "RTMP connections ended by silence."})) {}

}  // namespace millrace::media::rtmp
