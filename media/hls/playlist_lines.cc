#include "media/hls/playlist_lines.h"

#include <algorithm>

#include "core/utf8.h"

namespace millrace::media::hls {
namespace {

std::unexpected<PlaylistError> refuse(uint32_t line, const char* what) {
  return std::unexpected(PlaylistError{.line = line, .what = what});
}

bool is_blank(std::string_view line) noexcept {
  return std::ranges::all_of(line, [](char c) { return c == ' '; });
}

/// Controls are forbidden (4.1), and the one list that is parted by tabs needs them (4.4.5.2).
bool is_legal(std::string_view line) {
  if (!line.starts_with("#EXT-X-SKIP:")) return core::is_printable_utf8(line);
  while (!line.empty()) {
    const size_t tab = std::min(line.find('\t'), line.size());
    if (!core::is_printable_utf8(line.substr(0, tab))) return false;
    line.remove_prefix(std::min(tab + 1, line.size()));
  }
  return true;
}

}  // namespace

PlaylistResult<PlaylistLines> PlaylistLines::open(std::string_view text, const ReadLimits& limits) {
  if (text.size() > limits.bytes_max) return refuse(0, "the playlist is too large");
  if (text.starts_with("\xEF\xBB\xBF")) return refuse(1, "begins with a byte order mark");
  PlaylistLines lines(text, limits.line_bytes_max);
  if (lines.take_line() != "#EXTM3U") return refuse(1, "the first line is not #EXTM3U");
  return lines;
}

PlaylistResult<std::optional<PlaylistLine>> PlaylistLines::next() {
  while (!rest_.empty()) {
    const std::string_view line = take_line();
    if (line.size() > line_bytes_max_) return refuse(number_, "the line is too long");
    if (is_blank(line)) continue;
    if (!is_legal(line)) {
      return refuse(number_, "the line holds a control character, or is not UTF-8");
    }
    if (line.front() != '#') return PlaylistLine{.number = number_, .tag = {}, .text = line};
    if (!line.starts_with("#EXT")) continue;  // A comment.
    const size_t colon = std::min(line.find(':'), line.size());
    return PlaylistLine{.number = number_,
                        .tag = line.substr(1, colon - 1),
                        .text = line.substr(std::min(colon + 1, line.size()))};
  }
  return std::nullopt;
}

std::string_view PlaylistLines::take_line() noexcept {
  const size_t end = std::min(rest_.find('\n'), rest_.size());
  std::string_view line = rest_.substr(0, end);
  rest_.remove_prefix(std::min(end + 1, rest_.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++number_;
  return line;
}

}  // namespace millrace::media::hls
