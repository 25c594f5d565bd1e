// Continuity counters of an MPEG-TS segment that is made alone and played in a row: SG-09.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace millrace::media::ffmpeg {

inline constexpr size_t kTsPacketSize = 188;

/// Renumbers a segment so that its counters go on where those of the segment before it ended,
/// though neither was seen while the other was made.
///
/// PAT and PMT come once a fragment, so their counters are the fragment's number. The packets of
/// each other PID become a multiple of 16 in number (the last long payload is spread over up to 16
/// packets), so their counters begin with 0 in every segment. The service description (PID 17) is
/// left out: a segment begins with PAT and PMT.
///
/// `packets`: whole packets. `first_fragment`: the number of the first fragment, from 0.
std::vector<std::byte> continuous_segment(std::span<const std::byte> packets,
                                          uint32_t first_fragment);

}  // namespace millrace::media::ffmpeg
