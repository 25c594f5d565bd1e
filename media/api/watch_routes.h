// A format of a video as one progressive file.
#pragma once

#include "http/endpoint.h"
#include "media/library/shelf.h"
#include "media/library/track_loader.h"

namespace millrace::media::api {

/// One per core.
class WatchRoutes {
 public:
  WatchRoutes(library::Shelf& shelf, library::TrackLoader& loader) noexcept
      : shelf_(shelf), loader_(loader) {}

  /// GET /api/VideoStream/watch?v=ID&itag=N
  core::Task<http::RouteResult> get_watch(http::Request& request);

 private:
  library::Shelf& shelf_;
  library::TrackLoader& loader_;
};

}  // namespace millrace::media::api
