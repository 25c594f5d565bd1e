// What a playback route can play.
#pragma once

#include "core/task.h"
#include "http/request.h"
#include "media/library/shelf.h"
#include "media/library/track_loader.h"

namespace millrace::media::api {

/// The tracks of the video that the path parameter `id` names: from its files when it is finished,
/// from memory while it is being made. Errors: kNotFound; kOverloaded (nothing can be watched yet);
/// those of TrackLoader.
core::Task<core::Result<core::Snapshot<library::VideoTracks>>> playable_tracks(
    library::Shelf& shelf, library::TrackLoader& loader, http::Request& request);

/// Cache-Control of a rendition's media. What a growing track says today may be said anew if its
/// job has to start over.
[[nodiscard]] std::string_view media_caching(const vod::Rendition& rendition) noexcept;

}  // namespace millrace::media::api
