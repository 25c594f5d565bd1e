// A video as playback sees it: its renditions and their indexes, at one moment. Plain values; what
// this folder computes from them is text and byte ranges, without I/O.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "media/track/track_index.h"

namespace millrace::media::vod {

struct Rendition {
  std::string quality;  ///< "720p", "720p-vp9", "audio-128k": names it in every address.
  track::TrackIndex index;
  /// What the encoder was told to keep to. While the track grows, its measured rates say little.
  uint64_t declared_peak_bps = 0;
  uint64_t declared_average_bps = 0;

  bool is_video() const noexcept { return index.format().kind() == fmp4::MediaKind::kVideo; }
};

struct Presentation {
  std::string id;
  std::vector<Rendition> renditions;
  /// No fragment is meant to be longer. It bounds the target duration before the media exists.
  uint32_t fragment_ms_max = 2000;

  bool finished() const noexcept {
    return std::ranges::all_of(renditions, [](const Rendition& r) { return r.index.finished(); });
  }
  /// Null where there is none of that name.
  const Rendition* find(std::string_view quality) const noexcept {
    const auto found = std::ranges::find(renditions, quality, &Rendition::quality);
    return found == renditions.end() ? nullptr : &*found;
  }
};

}  // namespace millrace::media::vod
