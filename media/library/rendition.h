// What can be played of a video now, and the files it lies in.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/snapshot.h"
#include "http/open_file.h"
#include "media/vod/presentation.h"

namespace millrace::media::library {

using TrackFile = std::shared_ptr<const http::OpenFile>;

/// One rendition at one moment. The bytes that its index names are all in the file.
struct StoredRendition {
  vod::Rendition rendition;
  TrackFile file;
};

/// Immutable: while a video is being made, each state of it is another VideoTracks that shares the
/// files and the blocks of the indexes.
class VideoTracks {
 public:
  VideoTracks(std::string id, std::vector<StoredRendition> renditions);

  [[nodiscard]] const vod::Presentation& presentation() const noexcept { return presentation_; }

  /// Of the rendition at that position of the presentation.
  [[nodiscard]] const TrackFile& file(size_t rendition) const noexcept { return files_[rendition]; }

  struct Found {
    const vod::Rendition& rendition;
    const TrackFile& file;
  };
  /// Empty when the video has no such quality, or nothing of it is there yet.
  [[nodiscard]] std::optional<Found> find(std::string_view quality) const noexcept;

  /// A copy in which `newer` takes the place of the rendition of its quality, or is added.
  [[nodiscard]] core::Snapshot<VideoTracks> with(const StoredRendition& newer) const;

 private:
  vod::Presentation presentation_;
  std::vector<TrackFile> files_;  // In the order of the renditions.
};

}  // namespace millrace::media::library
