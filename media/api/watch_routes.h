// A format of a video as one progressive file.
#pragma once

#include "http/endpoint.h"
#include "media/library/download_cache.h"
#include "media/library/shelf.h"
#include "media/library/track_loader.h"

namespace millrace::media::api {

/// One per core.
class WatchRoutes {
 public:
  WatchRoutes(library::Shelf& shelf, library::TrackLoader& loader, core::Ring& ring) noexcept
      : shelf_(shelf), loader_(loader), downloads_(ring, shelf) {}

  /// GET /api/VideoStream/watch?v=ID&itag=N
  core::Task<http::RouteResult> get_watch(http::Request& request);

  /// Lets go of the files of a video.
  void forget(std::string_view video_id) { downloads_.forget(video_id); }
  [[nodiscard]] const library::DownloadCache& downloads() const noexcept { return downloads_; }

 private:
  core::Task<http::RouteResult> send_muxed(core::Snapshot<library::VideoTracks> tracks,
                                           vod::Format format, core::Cancellation& cancellation);

  library::Shelf& shelf_;
  library::TrackLoader& loader_;
  library::DownloadCache downloads_;
};

}  // namespace millrace::media::api
