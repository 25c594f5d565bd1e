// The constant frame rate of the output, and the grid of instants that it makes.
#pragma once

#include <cstdint>

#include "media/ffmpeg/handles.h"

namespace millrace::media::ffmpeg {

/// What a container claims about a stream; either may be 0/0.
struct ClaimedRates {
  AVRational average;  ///< Frames over duration.
  AVRational finest;   ///< The rate at which every timestamp can be told: r_frame_rate.
};

/// 10 to 60 frames a second: the source's own rate where it is constant, the next usual rate where
/// it varies, a whole fraction of it above 60 and a multiple below 10.
AVRational choose_frame_rate(const ClaimedRates& claimed) noexcept;

/// Frames on a constant grid, and the ticks that an MP4 track counts them in.
struct FrameGrid {
  AVRational rate{25, 1};

  /// The frame nearest to an instant.
  int64_t frame_at(int64_t time_us) const noexcept {
    return av_rescale_q_rnd(time_us, kMicroseconds, av_inv_q(rate), AV_ROUND_NEAR_INF);
  }
  int64_t time_us(int64_t frame) const noexcept {
    return av_rescale_q(frame, av_inv_q(rate), kMicroseconds);
  }
  /// Frames from key frame to key frame, at least 1.
  int64_t frames_per_gop(uint32_t gop_ms) const noexcept;
  uint32_t ticks_per_frame() const noexcept;
  uint32_t timescale() const noexcept;
};

}  // namespace millrace::media::ffmpeg
