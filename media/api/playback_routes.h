// Playing a video over HTTP: playlists, segments, tracks, pictures and whole files.
#pragma once

#include "http/endpoint.h"
#include "media/api/playlist_cache.h"
#include "media/library/shelf.h"
#include "media/library/store_paths.h"
#include "media/library/track_loader.h"

namespace millrace::media::api {

/// One per core. Everything is a view of the same track files: a segment is a byte range of one,
/// and nothing of it passes through user space.
class PlaybackRoutes {
 public:
  PlaybackRoutes(library::Shelf& shelf, library::TrackLoader& loader,
                 const library::StorePaths& paths) noexcept
      : shelf_(shelf), loader_(loader), paths_(paths), playlists_(shelf) {}

  /// GET /api/VideoStream/manifest/{id}.m3u8
  core::Task<http::RouteResult> get_multivariant(http::Request& request);
  /// GET /api/VideoStream/manifest/{id}/{quality}.m3u8
  core::Task<http::RouteResult> get_media_playlist(http::Request& request);
  /// GET /api/VideoStream/manifest/{id}/{quality}/iframes.m3u8
  core::Task<http::RouteResult> get_i_frame_playlist(http::Request& request);
  /// GET /api/VideoStream/manifest/{id}/{quality}/init.mp4
  core::Task<http::RouteResult> get_init_segment(http::Request& request);
  /// GET /api/VideoStream/manifest/{id}/{quality}/{first}-{last}.m4s
  core::Task<http::RouteResult> get_segment(http::Request& request);
  /// GET /api/VideoStream/manifest/{id}/{quality}/track.mp4
  core::Task<http::RouteResult> get_track(http::Request& request);
  /// GET /api/VideoStream/manifest/{id}/storyboard.vtt
  http::RouteResult get_storyboard_map(http::Request& request);
  /// GET /api/VideoStream/manifest/{id}/storyboard.jpg and poster.jpg
  core::Task<http::RouteResult> get_storyboard(http::Request& request);
  core::Task<http::RouteResult> get_poster(http::Request& request);

  /// Lets go of the tracks of a video.
  void forget(std::string_view video_id) { playlists_.forget(video_id); }
  [[nodiscard]] const PlaylistCache& playlists() const noexcept { return playlists_; }

 private:
  library::Shelf& shelf_;
  library::TrackLoader& loader_;
  const library::StorePaths& paths_;
  PlaylistCache playlists_;
};

}  // namespace millrace::media::api
