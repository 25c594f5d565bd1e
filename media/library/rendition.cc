#include "media/library/rendition.h"

#include <algorithm>
#include <utility>

namespace millrace::media::library {
namespace {

/// Video before audio, large before small: the order of playlists, whatever came first.
bool goes_before(const StoredRendition& one, const StoredRendition& other) {
  if (one.rendition.is_video() != other.rendition.is_video()) return one.rendition.is_video();
  if (one.rendition.is_video()) {
    const fmp4::TrackFormat& mine = one.rendition.index.format();
    const fmp4::TrackFormat& its = other.rendition.index.format();
    return mine.height != its.height ? mine.height > its.height : mine.codec < its.codec;
  }
  return one.rendition.declared_average_bps > other.rendition.declared_average_bps;
}

}  // namespace

VideoTracks::VideoTracks(std::string id, std::vector<StoredRendition> renditions) {
  std::ranges::sort(renditions, goes_before);
  presentation_.id = std::move(id);
  for (StoredRendition& stored : renditions) {
    presentation_.renditions.push_back(std::move(stored.rendition));
    files_.push_back(std::move(stored.file));
  }
}

std::optional<VideoTracks::Found> VideoTracks::find(std::string_view quality) const noexcept {
  for (size_t i = 0; i < files_.size(); ++i) {
    if (presentation_.renditions[i].quality == quality) {
      return Found{.rendition = presentation_.renditions[i], .file = files_[i]};
    }
  }
  return std::nullopt;
}

core::Snapshot<VideoTracks> VideoTracks::with(const StoredRendition& newer) const {
  std::vector<StoredRendition> renditions;
  for (size_t i = 0; i < files_.size(); ++i) {
    if (presentation_.renditions[i].quality == newer.rendition.quality) continue;
    renditions.push_back({.rendition = presentation_.renditions[i], .file = files_[i]});
  }
  renditions.push_back(newer);
  return std::make_shared<VideoTracks>(presentation_.id, std::move(renditions));
}

}  // namespace millrace::media::library
