// Playlists of finished videos, rendered and compressed once for all who ask.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/result.h"
#include "http/shared_response.h"
#include "media/library/rendition.h"
#include "media/library/shelf.h"

namespace millrace::media::api {

/// One per core. A playlist of a two-hour film costs half a millisecond to render and compress, and
/// every viewer asks for several. Keeps no file open: that is for those who play it.
class PlaylistCache {
 public:
  explicit PlaylistCache(const library::Shelf& shelf) noexcept : shelf_(shelf) {}

  /// 512 texts of about 20 KiB with their compressed twins: 12 MiB a core.
  static constexpr size_t kPlaylistsMax = 512;
  static constexpr size_t kUsualPlaylistBytes = 24 * 1024;

  /// The playlist under `name`, made by `render` (which yields Result<std::string>) unless it is
  /// here and was made of the same tracks. Nothing is kept of a video that still grows, or was
  /// removed while its tracks were being loaded.
  template <class Render>
  core::Result<http::Response> find(const core::Snapshot<library::VideoTracks>& tracks,
                                    std::string name, Render render) {
    if (auto known = look_up(tracks, name)) return http::Response::of(std::move(known));
    core::Result<std::string> text = render();
    if (!text) return std::unexpected(text.error());
    return keep(tracks, std::move(name), std::move(*text));
  }
  void forget(std::string_view video_id);
  [[nodiscard]] size_t size() const noexcept { return entries_.size(); }
  /// Of the texts. Walks over all of them.
  [[nodiscard]] size_t bytes() const noexcept;

 private:
  struct Entry {
    std::string name;
    std::string video_id;
    std::weak_ptr<const library::VideoTracks> tracks;
    std::shared_ptr<http::SharedResponse> response;
  };

  std::shared_ptr<http::SharedResponse> look_up(const core::Snapshot<library::VideoTracks>& tracks,
                                                const std::string& name);
  http::Response keep(const core::Snapshot<library::VideoTracks>& tracks, std::string name,
                      std::string text);
  void drop(std::list<Entry>::iterator entry);

  const library::Shelf& shelf_;
  std::list<Entry> entries_;  // The most recent first.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_name_;
};

}  // namespace millrace::media::api
