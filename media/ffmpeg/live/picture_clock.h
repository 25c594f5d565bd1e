// When each picture of a live track is decoded and shown.
#pragma once

#include <cstdint>
#include <span>

#include "media/ffmpeg/handles.h"

namespace millrace::media::ffmpeg {

/// Ticks of a picture track a second: worker::kLiveTimescale.
inline constexpr AVRational kLiveTick{1, 120'000};

/// How far apart the pictures of a stream are.
struct FrameSpacing {
  int64_t frame_ticks = 4000;
  bool constant = false;  ///< They lie on a grid, give or take what a container rounds.
  AVRational rate{30, 1};
};

/// The usual rate that a rounded one (29.97) means; 0/1 where it is none.
AVRational usual_rate(double frames_a_second) noexcept;

/// Fewer decode times than this tell nothing.
inline constexpr size_t kSpacingTimesMin = 3;

/// From decode times in the order of decoding, in ticks. A constant rate is the usual one that fits
/// them; of two that do (29.97 and 30, from milliseconds) it is `claimed`, where that is one of
/// them.
FrameSpacing spacing_of(std::span<const int64_t> decode_times, AVRational claimed) noexcept;

struct PictureTimes {
  int64_t decode_time = 0;
  int64_t duration = 0;
  int64_t composition_offset = 0;
};

/// Puts pictures on the grid of their rate where they are near it (SG-10), and says how long each
/// lasts before the next one has come: as long as a frame does. A picture that then comes late
/// makes its own sample longer, one that comes early makes it shorter, so decode times go on
/// without a gap (SG-03) and each picture is shown when it should be.
class PictureClock {
 public:
  /// The first picture, `first_dts`, is decoded at `start`.
  struct Start {
    int64_t start = 0;
    int64_t first_dts = 0;
    int64_t first_pts = 0;
  };
  PictureClock(const FrameSpacing& spacing, const Start& start) noexcept;

  /// Times in ticks on the publisher's repaired clock; each dts after the one before.
  PictureTimes place(int64_t dts, int64_t pts) noexcept;

  /// By how much the pictures of this stream are decoded before they are shown: the edit list.
  int64_t reorder_delay() const noexcept { return reorder_delay_; }
  /// Where the next picture is expected.
  int64_t end() const noexcept { return end_; }
  int64_t frame_ticks() const noexcept { return spacing_.frame_ticks; }

 private:
  int64_t snapped(int64_t ticks) const noexcept;

  FrameSpacing spacing_;
  int64_t tolerance_;
  int64_t shift_;  ///< From the publisher's clock to the track's.
  int64_t last_;   ///< Where the last picture should have been decoded.
  int64_t end_;
  int64_t reorder_delay_;
};

}  // namespace millrace::media::ffmpeg
