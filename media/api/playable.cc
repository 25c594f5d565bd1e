#include "media/api/playable.h"

#include "http/response.h"

namespace millrace::media::api {

core::Task<core::Result<core::Snapshot<library::VideoTracks>>> playable_tracks(
    library::Shelf& shelf, library::TrackLoader& loader, http::Request& request) {
  const auto video = shelf.find(request.param("id"));
  if (video == nullptr) {
    co_return core::fail(core::ErrorCode::kNotFound, "there is no video with that id");
  }
  if (video->state == catalogue::VideoState::kReady) {
    co_return co_await loader.load(video, request.cancellation());
  }
  const library::Making* making = shelf.making(video->id);
  if (making != nullptr && making->tracks != nullptr) co_return making->tracks;
  if (video->state == catalogue::VideoState::kFailed) {
    co_return core::fail(core::ErrorCode::kNotFound, "this video could not be made");
  }
  co_return core::fail(core::ErrorCode::kOverloaded, "nothing of this video can be watched yet");
}

std::string_view media_caching(const vod::Rendition& rendition) noexcept {
  return rendition.index.finished() ? http::kImmutable : std::string_view("no-cache");
}

}  // namespace millrace::media::api
