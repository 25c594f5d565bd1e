// What watch?v=ID&itag=N offers: each rendition alone, and pictures with sound in one file, under
// YouTube's numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "media/vod/presentation.h"

namespace millrace::media::vod {

enum class FormatKind : uint8_t { kVideo, kAudio, kMuxed };

struct Format {
  uint32_t itag = 0;  ///< 0: YouTube's table has no number for it.
  FormatKind kind = FormatKind::kVideo;
  std::string quality;
  std::string codecs;  ///< RFC 6381, pictures first.
  /// Positions in Presentation::renditions. Muxed: both. Else one, served as its own track.mp4.
  std::optional<size_t> video;
  std::optional<size_t> audio;
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t frame_rate_num = 0;
  uint32_t frame_rate_den = 1;
  uint64_t peak_bps = 0;
  uint64_t average_bps = 0;
  uint64_t media_size = 0;  ///< Bytes of the samples and their boxes, without the file's head.
  bool finished = false;
};

/// Everything that the presentation can be downloaded as, muxed first, then pictures and sound from
/// the best down. A number is given once: to the best rendition that it describes.
std::vector<Format> formats_of(const Presentation& presentation);

/// The itag of a rendition by its codec and its quality: the number of lines in the name ("720p"),
/// or for sound its declared or measured bit rate. 0 where the table has none.
uint32_t itag_of(const Rendition& rendition);

}  // namespace millrace::media::vod
