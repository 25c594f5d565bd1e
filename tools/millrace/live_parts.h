// What the program has of live streams, for all of its cores.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/config.h"
#include "core/cores.h"
#include "core/metrics.h"
#include "media/live/ingest/rtmp/metrics.h"
#include "tools/millrace/live_core.h"

namespace millrace {

/// Made before the cores, outlives them.
struct LiveParts {
  LiveParts(const core::Config& config, core::Metrics& metrics);
  /// On the home core, before any core serves. Errors: those of core::run_on.
  core::Task<core::Result<>> open(core::Cores& all, core::ControlThread& control,
                                  const core::PageSource& pages, const std::string& folder);

  /// As the server began: none of these keys is reloadable.
  const core::Snapshot<core::Config> config;
  core::ControlThread webhook_thread;  ///< May wait for other servers, which nothing else should.
  media::live::WebhookMetrics webhook_metrics;
  media::rtmp::RtmpMetrics rtmp_metrics;
  std::vector<core::ListenAddress> rtmp_addresses;  ///< Port 0 becomes that of the first core.
  std::vector<std::unique_ptr<LiveCore>> cores;     ///< Each on its core, but asked for by all.
};

}  // namespace millrace
