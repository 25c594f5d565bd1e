// What the RTMP server counts.
#pragma once

#include "core/metrics.h"

namespace millrace::media::rtmp {

/// Handles, one set for all cores: each core adds to cells of its own.
class RtmpMetrics {
 public:
  explicit RtmpMetrics(core::Metrics& registry);

  core::Gauge connections;
  core::Gauge publishers;
  core::Counter accepted;
  core::Counter refused;          ///< Connections over a limit.
  core::Counter refused_publish;  ///< A wrong key, a wrong application, a stream that is in use.
  core::Counter received_bytes;
  core::Counter broken;  ///< Ended because the peer broke the protocol.
  core::Counter stalls;  ///< Ended because the peer was silent, or took no answers.
};

}  // namespace millrace::media::rtmp
