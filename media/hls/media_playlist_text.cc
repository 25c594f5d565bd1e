#include "media/hls/media_playlist_text.h"

#include "media/hls/media_playlist_parser.h"
#include "media/hls/playlist_lines.h"

namespace millrace::media::hls {

PlaylistResult<MediaPlaylistText> parse_media_playlist(std::string_view text,
                                                       const ReadLimits& limits) {
  auto lines = PlaylistLines::open(text, limits);
  if (!lines) return std::unexpected(std::move(lines.error()));
  MediaPlaylistParser parser(limits);
  for (;;) {
    const auto line = lines->next();
    if (!line) return std::unexpected(line.error());
    if (!*line) break;
    if (!parser.take(**line)) return std::unexpected(std::move(parser).error());
  }
  if (!parser.finish()) return std::unexpected(std::move(parser).error());
  return std::move(parser).list();
}

}  // namespace millrace::media::hls
