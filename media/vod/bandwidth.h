// Bit rates as playlists state them, measured from the bytes that will be sent.
#pragma once

#include <cstdint>
#include <span>

#include "media/vod/presentation.h"

namespace millrace::media::vod {

struct BitRates {
  uint64_t peak_bps = 0;     ///< BANDWIDTH
  uint64_t average_bps = 0;  ///< AVERAGE-BANDWIDTH

  friend bool operator==(const BitRates&, const BitRates&) = default;
};

/// One segment, or one I-frame with the time to the next.
struct SizedDuration {
  uint64_t size = 0;
  uint64_t duration = 0;  ///< In ticks.
};

/// The most demanding run of neighbours that lasts 0.5 to 1.5 target durations, and half a second
/// more (rfc8216bis, 4.1; MV-01), and the average over all. Where nothing lasts so long, the peak
/// is the average. Rounded up to whole bits a second.
BitRates measure(std::span<const SizedDuration> media, uint32_t timescale,
                 uint32_t target_duration_s);

/// Of a rendition cut into segments of `segment_s`; at least what was declared while it grows.
BitRates bit_rates(const Rendition& rendition, uint32_t segment_s, uint32_t target_duration_s);

/// Of its I-frame playlist.
BitRates i_frame_bit_rates(const Rendition& rendition, uint32_t target_duration_s);

}  // namespace millrace::media::vod
