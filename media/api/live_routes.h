// Watching a live stream over HTTP: playlists, segments and parts, also such as do not exist yet.
#pragma once

#include "http/endpoint.h"
#include "media/live/live_shelf.h"
#include "media/live/reload_directives.h"

namespace millrace::media::api {

/// One per core. What does not exist yet is waited for, at most three target durations; then it is
/// 503. HEAD never waits.
class LiveRoutes {
 public:
  struct Options {
    live::LoneSegment lone_segment = live::LoneSegment::kReleaseAtFirstPart;
  };
  explicit LiveRoutes(live::LiveShelf& shelf) noexcept : LiveRoutes(shelf, Options()) {}
  LiveRoutes(live::LiveShelf& shelf, Options options) noexcept : shelf_(shelf), options_(options) {}

  /// GET /api/VideoStream/live/{stream}.m3u8
  core::Task<http::RouteResult> get_multivariant(http::Request& request);
  /// GET /api/VideoStream/live/{stream}/{quality}.m3u8[?_HLS_msn=N[&_HLS_part=M]][&_HLS_skip=YES]
  core::Task<http::RouteResult> get_media_playlist(http::Request& request);
  /// GET /api/VideoStream/live/{stream}/{quality}/{init:uint}.mp4
  http::RouteResult get_init_segment(http::Request& request);
  /// GET /api/VideoStream/live/{stream}/{quality}/{msn:uint}.m4s
  http::RouteResult get_segment(http::Request& request);
  /// GET /api/VideoStream/live/{stream}/{quality}/p{part:uint}.m4s
  core::Task<http::RouteResult> get_part(http::Request& request);
  /// GET /api/VideoStream/live/{stream}/chunk?seq=N&quality=Q[&throughput=K]
  ///
  /// Segment N, or the newest without `seq`. One of the next two is waited for; one that is gone is
  /// 410, with the oldest and the newest there are. `quality=auto` chooses by the throughput that
  /// the viewer measured (chunk_quality.h). Each answer says what it is and how far the stream has
  /// come: X-Chunk-Seq, X-Chunk-Quality, X-Oldest-Seq, X-Newest-Seq.
  core::Task<http::RouteResult> get_chunk(http::Request& request);

 private:
  live::LiveShelf& shelf_;
  const Options options_;
};

}  // namespace millrace::media::api
