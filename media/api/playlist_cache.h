// Playlists of finished videos, rendered and compressed once for all who ask.
#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/result.h"
#include "http/body.h"
#include "media/library/rendition.h"

namespace millrace::media::api {

/// One per core. A playlist of a two-hour film costs half a millisecond to render and compress, and
/// every viewer asks for several.
class PlaylistCache {
 public:
  /// 512 texts of about 20 KiB with their compressed twins: 12 MiB a core.
  static constexpr size_t kPlaylistsMax = 512;

  struct Playlist {
    http::SharedBytes text;
    std::string etag;
  };

  /// The playlist under `name`, made by `render` (which yields Result<std::string>) unless it is
  /// here and was made of the same tracks. Of a video that still grows nothing is kept.
  template <class Render>
  core::Result<Playlist> find(const core::Snapshot<library::VideoTracks>& tracks, std::string name,
                              Render render) {
    if (const Playlist* known = look_up(*tracks, name)) return *known;
    core::Result<std::string> text = render();
    if (!text) return std::unexpected(text.error());
    return keep(tracks, std::move(name), std::move(*text));
  }
  void forget(std::string_view video_id);

 private:
  struct Entry {
    std::string name;
    core::Snapshot<library::VideoTracks> tracks;
    Playlist playlist;
  };

  const Playlist* look_up(const library::VideoTracks& tracks, const std::string& name);
  Playlist keep(core::Snapshot<library::VideoTracks> tracks, std::string name, std::string text);
  void drop(std::list<Entry>::iterator entry);

  std::list<Entry> entries_;  // The most recent first.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_name_;
};

}  // namespace millrace::media::api
