// Why a text is no playlist.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

namespace millrace::media::hls {

/// The first line that breaks a rule; 0: the text as a whole does.
struct PlaylistError {
  uint32_t line = 0;
  std::string what;  ///< "EXT-X-PART: DURATION is missing"; at most some hundred characters.
};

template <class T>
using PlaylistResult = std::expected<T, PlaylistError>;

/// What one playlist may cost its reader, whoever sent it.
struct ReadLimits {
  size_t bytes_max = size_t{8} << 20;  ///< A day of 2 s segments in 190 bytes each.
  size_t line_bytes_max = 16 * 1024;   ///< A URI with a long token, twice over.
  size_t segments_max = 100'000;       ///< The same day twice; with what a segment costs: 30 MB.
  size_t tags_max = 20'000;            ///< Of one kind: parts, variants, ranges of dates, unknown.
  size_t attributes_max = 128;         ///< In one tag.
};

}  // namespace millrace::media::hls
