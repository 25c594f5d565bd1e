#include "media/api/playlist_cache.h"

#include <utility>

#include "http/gzip.h"
#include "http/response.h"

namespace millrace::media::api {

const PlaylistCache::Playlist* PlaylistCache::look_up(
    const core::Snapshot<library::VideoTracks>& tracks, const std::string& name) {
  const auto known = by_name_.find(name);
  if (known == by_name_.end()) return nullptr;
  if (known->second->tracks.lock() != tracks) {
    drop(known->second);  // The video was opened again since.
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, known->second);
  return &known->second->playlist;
}

PlaylistCache::Playlist PlaylistCache::keep(const core::Snapshot<library::VideoTracks>& tracks,
                                            std::string name, std::string text) {
  Playlist playlist{.text = {}, .etag = http::content_etag(text)};
  const bool lasts = tracks->presentation().finished();
  if (lasts && text.size() >= http::kGzipBytesMin) {
    core::Result<std::string> compressed = http::gzip(text);
    if (compressed) playlist.text.gzip = std::make_shared<std::string>(std::move(*compressed));
  }
  playlist.text.identity = std::make_shared<std::string>(std::move(text));
  const std::string& id = tracks->presentation().id;
  if (!lasts || shelf_.find(id) == nullptr) return playlist;
  entries_.push_front(
      {.name = std::move(name), .video_id = id, .tracks = tracks, .playlist = playlist});
  by_name_[entries_.front().name] = entries_.begin();
  if (entries_.size() > kPlaylistsMax) drop(std::prev(entries_.end()));
  return playlist;
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
