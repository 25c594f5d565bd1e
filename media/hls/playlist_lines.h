// A playlist as lines (rfc8216bis, 4.1): tags and URIs, without comments and blank lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "media/hls/playlist_error.h"

namespace millrace::media::hls {

struct PlaylistLine {
  uint32_t number = 0;    ///< From 1.
  std::string_view tag;   ///< "EXTINF"; empty for a URI.
  std::string_view text;  ///< The URI, or what is behind the tag's colon.
};

class PlaylistLines {
 public:
  /// Checks what holds for the text as a whole: its size, UTF-8 without BOM and control characters,
  /// `#EXTM3U` as its first line. `text` is borrowed.
  static PlaylistResult<PlaylistLines> open(std::string_view text, const ReadLimits& limits);

  /// Empty at the end. An error: the line is too long.
  PlaylistResult<std::optional<PlaylistLine>> next();

 private:
  PlaylistLines(std::string_view text, size_t line_bytes_max) noexcept
      : rest_(text), line_bytes_max_(line_bytes_max) {}
  std::string_view take_line() noexcept;

  std::string_view rest_;
  size_t line_bytes_max_;
  uint32_t number_ = 0;
};

}  // namespace millrace::media::hls
