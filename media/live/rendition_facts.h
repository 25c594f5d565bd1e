// What the multivariant playlist says of a live rendition.
#pragma once

#include <cstdint>
#include <string>

#include "media/fmp4/track_format.h"

namespace millrace::media::live {

struct RenditionFacts {
  std::string quality;  ///< "720p", "audio": letters, digits and dashes; it names its addresses.
  fmp4::TrackFormat format;
  std::string language;  ///< Of sound; RFC 5646, empty where unknown.
  /// BANDWIDTH, AVERAGE-BANDWIDTH: what the encoder keeps to. 0: measured from what there is.
  uint64_t peak_bps = 0;
  uint64_t average_bps = 0;

  bool is_video() const noexcept { return format.kind() == fmp4::MediaKind::kVideo; }
};

}  // namespace millrace::media::live
