// Which live streams there are.
#pragma once

#include <vector>

#include "http/endpoint.h"
#include "media/live/state_poster.h"

namespace millrace::media::api {

/// One per core.
class LiveListRoutes {
 public:
  /// `here` is this core's shelf; `places` are those of all cores, since each knows only those who
  /// wait there. They outlive this.
  LiveListRoutes(const live::LiveShelf& here, std::vector<live::StatePoster::Place> places) noexcept
      : here_(here), places_(std::move(places)) {}

  /// GET /api/VideoStream/live
  core::Task<http::RouteResult> get_live_streams(http::Request& request);

 private:
  const live::LiveShelf& here_;
  const std::vector<live::StatePoster::Place> places_;
};

}  // namespace millrace::media::api
