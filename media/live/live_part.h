// A finished part as it comes from whoever cuts the media.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace millrace::media::live {

/// Where in its rendition a part stands. kDiscontinuity begins a segment, too: the first part of
/// another encoder run.
enum class PartPlace : uint8_t { kWithinSegment, kBeginsSegment, kAfterDiscontinuity };

struct LivePart {
  PartPlace place = PartPlace::kWithinSegment;
  bool independent = false;          ///< Begins with a key frame.
  uint64_t decode_time = 0;          ///< In ticks of its rendition, as in its tfdt.
  uint64_t duration = 0;             ///< In ticks.
  std::span<const std::byte> bytes;  ///< moof and mdat, checked; only for the call.
};

}  // namespace millrace::media::live
