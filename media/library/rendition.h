// One rendition of a video as the cores serve it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/snapshot.h"
#include "http/open_file.h"
#include "media/track/track_index.h"

namespace millrace::media::library {

/// Immutable: while a track grows, each state of it is another Rendition that shares the file. The
/// bytes that `index` names are all in the file.
struct Rendition {
  std::string quality;
  track::TrackIndex index;
  std::shared_ptr<const http::OpenFile> file;
};

/// What can be played of one video now, in the order of the ladder, audio after video.
struct VideoTracks {
  std::vector<core::Snapshot<Rendition>> renditions;

  /// Null when the video has no such quality, or nothing of it is there yet.
  [[nodiscard]] core::Snapshot<Rendition> find(std::string_view quality) const noexcept {
    for (const core::Snapshot<Rendition>& rendition : renditions) {
      if (rendition->quality == quality) return rendition;
    }
    return nullptr;
  }
};

}  // namespace millrace::media::library
