// One movie fragment: `moof mdat`, the unit the track store keeps and the playlists address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::fmp4 {

/// 65,536: two minutes of audio at 48 kHz in packets of 2.5 ms; ten times any fragment of ours.
inline constexpr uint32_t kSamplesPerFragmentMax = 65'536;

struct FragmentTiming {
  uint32_t sequence = 1;     ///< mfhd: grows by one from fragment to fragment.
  uint64_t decode_time = 0;  ///< Of the first sample, in ticks.
};

/// Appends `moof` and the header of `mdat`. The samples' bytes, in order and nothing else, must
/// follow. Takes 1 to kSamplesPerFragmentMax samples.
void append_fragment_head(std::vector<std::byte>& out, const FragmentTiming& timing,
                          std::span<const Sample> samples);

struct Fragment {
  uint32_t sequence = 0;
  uint64_t decode_time = 0;
  uint32_t duration = 0;   ///< Sum over the samples, in ticks; never 0.
  uint32_t head_size = 0;  ///< moof and the mdat header: where the first sample starts.
  bool key = false;        ///< The first sample is a key frame.
  std::vector<Sample> samples;

  uint64_t end_time() const noexcept { return decode_time + duration; }
};

/// Reads exactly one `moof mdat` with one traf and one trun, self-contained: every duration, size
/// and flag must be in the fragment, and the sizes must sum to the mdat exactly. So a fragment that
/// passes holds no bytes that no player asked for. kMalformed says which rule failed; decode time
/// plus duration stays below 2^63.
core::Result<Fragment> parse_fragment(std::span<const std::byte> bytes);

/// The same from the first `head_size` bytes alone, for the index of a file of which only the heads
/// are read. `size` is what the whole fragment takes.
core::Result<Fragment> parse_fragment_head(std::span<const std::byte> head, uint64_t size);

}  // namespace millrace::media::fmp4
