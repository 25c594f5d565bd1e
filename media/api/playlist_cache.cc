#include "media/api/playlist_cache.h"

#include <utility>

#include "http/gzip.h"
#include "http/response.h"
#include "media/hls/media_playlist.h"

namespace millrace::media::api {
namespace {

// A finished playlist may be kept for an hour, and is compressed once; one that grows is asked for
// again at its pace.
http::Response response_of(std::string text, bool lasts) {
  http::SharedBytes body;
  std::string etag = http::content_etag(text);
  if (lasts && text.size() >= http::kGzipBytesMin) {
    core::Result<std::string> compressed = http::gzip(text);
    if (compressed) body.gzip = std::make_shared<std::string>(std::move(*compressed));
  }
  body.identity = std::make_shared<std::string>(std::move(text));
  return http::Response::ok(hls::kPlaylistMimeType, std::move(body))
      .with_cache_control(lasts ? "public, max-age=3600" : "public, max-age=2")
      .with_etag(std::move(etag))
      .ignoring_ranges();
}

}  // namespace

std::shared_ptr<http::SharedResponse> PlaylistCache::look_up(
    const core::Snapshot<library::VideoTracks>& tracks, const std::string& name) {
  const auto known = by_name_.find(name);
  if (known == by_name_.end()) return nullptr;
  if (known->second->tracks.lock() != tracks) {
    drop(known->second);  // The video was opened again since.
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, known->second);
  return known->second->response;
}

http::Response PlaylistCache::keep(const core::Snapshot<library::VideoTracks>& tracks,
                                   std::string name, std::string text) {
  const bool lasts = tracks->presentation().finished();
  http::Response response = response_of(std::move(text), lasts);
  const std::string& id = tracks->presentation().id;
  if (!lasts || shelf_.find(id) == nullptr) return response;
  auto shared = std::make_shared<http::SharedResponse>(std::move(response));
  entries_.push_front(
      {.name = std::move(name), .video_id = id, .tracks = tracks, .response = shared});
  by_name_[entries_.front().name] = entries_.begin();
  if (entries_.size() > kPlaylistsMax) drop(std::prev(entries_.end()));
  return http::Response::of(std::move(shared));
}

size_t PlaylistCache::bytes() const noexcept {
  size_t bytes = 0;
  for (const Entry& entry : entries_) bytes += entry.response->text_bytes();
  return bytes;
}

void PlaylistCache::drop(std::list<Entry>::iterator entry) {
  by_name_.erase(entry->name);
  entries_.erase(entry);
}

void PlaylistCache::forget(std::string_view video_id) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (entry->video_id == video_id) drop(entry);
    entry = next;
  }
}

}  // namespace millrace::media::api
