// What an RTMP server is for.
#pragma once

#include <string>

#include "media/live/ingest/publisher.h"
#include "media/live/ingest/rtmp/limits.h"
#include "media/live/ingest/rtmp/metrics.h"

namespace millrace::media::rtmp {

/// Shared by all connections of a core; borrowed parts outlive the server.
struct RtmpSite {
  live::PublishDesk& desk;
  const RtmpMetrics& metrics;
  std::string app = "live";  ///< rtmp://HOST/app/KEY
  RtmpLimits limits;
};

}  // namespace millrace::media::rtmp
