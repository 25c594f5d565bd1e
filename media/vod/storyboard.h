// The map from time to the thumbnails of a sprite sheet.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::media::vod {

/// Tiles run from left to right, then down; tile i stands for the interval that begins at i times
/// `interval_ms`.
struct Storyboard {
  std::string_view image_uri;
  uint32_t columns = 1;
  uint32_t tile_width = 0;
  uint32_t tile_height = 0;
  uint32_t tile_count = 0;
  uint32_t interval_ms = 0;
  uint64_t duration_ms = 0;  ///< Of the video: where the last interval ends.
};

inline constexpr std::string_view kWebVttMimeType = "text/vtt; charset=utf-8";

/// WebVTT whose cues are `image_uri#xywh=left,top,width,height` (Media Fragments URI 1.0, 4.2.2).
std::string render(const Storyboard& storyboard);

}  // namespace millrace::media::vod
