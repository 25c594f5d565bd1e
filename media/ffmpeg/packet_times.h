// The repaired clock, applied to packets.
#pragma once

#include <cstdint>

#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/input.h"
#include "media/ffmpeg/timeline.h"

namespace millrace::media::ffmpeg {

/// Longer steps forward are jumps: 10 s for a broadcast; 2 min elsewhere, where a slide show may
/// keep one picture.
int64_t longest_gap_us(bool clock_may_jump) noexcept;

/// Moves the times of a packet to the presentation's clock. A packet without any keeps none.
void repair_times(Timeline& timeline, Timeline::Stream kind, const AVStream& stream,
                  AVPacket& packet);

/// How long the output of a source with an unreliable clock will be: reads all packets, decodes
/// none. 0 for a source of more than 1 GiB, which is not read twice, and for one that fails: the
/// job that follows will say why.
int64_t scan_duration_us(Input& input, uint64_t source_size);

}  // namespace millrace::media::ffmpeg
