// The catalogue over HTTP: list, look, change, remove, follow.
#pragma once

#include "core/cores.h"
#include "http/endpoint.h"
#include "media/library/library.h"
#include "media/library/shelf.h"

namespace millrace::media::api {

/// One per core. Reads come from the core's shelf; changes go to the home core.
class VideosRoutes {
 public:
  VideosRoutes(library::Shelf& shelf, core::Core& home, library::Library& library) noexcept
      : shelf_(shelf), home_(home), library_(library) {}

  /// GET /api/VideoStream/videos?search=&page=&pageSize=
  http::RouteResult get_videos(http::Request& request);
  /// GET /api/VideoStream/videos/{id}
  http::RouteResult get_video(http::Request& request);
  /// PATCH /api/VideoStream/videos/{id}: title and tags.
  core::Task<http::RouteResult> patch_video(http::Request& request);
  /// DELETE /api/VideoStream/videos/{id}
  core::Task<http::RouteResult> delete_video(http::Request& request);
  /// GET /api/VideoStream/videos/{id}/events: server-sent events until the video is ready, failed
  /// or removed (WHATWG HTML, 9.2).
  http::RouteResult get_video_events(http::Request& request);

 private:
  library::Shelf& shelf_;
  core::Core& home_;
  library::Library& library_;
};

}  // namespace millrace::media::api
