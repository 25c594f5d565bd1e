// Where the segments of a live stream begin.
#pragma once

#include <cstdint>

namespace millrace::media::ffmpeg {

/// Decides for the stream's pictures, one after the other; every track follows. A segment begins at
/// a key frame, as late as its target duration allows. Where no key frame comes in time, it begins
/// without one (SG-02), and none is so short that a packet of sound fills it: the target duration
/// of a live stream never moves.
class SegmentPlan {
 public:
  /// `longest`: a segment never lasts longer, in the ticks of the times given.
  explicit SegmentPlan(int64_t longest) noexcept : longest_(longest), shortest_(longest / 8) {}

  struct Picture {
    int64_t time = 0;
    int64_t duration = 0;
    bool key = false;
  };
  /// Whether a segment begins with this picture. The first one begins one.
  bool begins_with(const Picture& picture) noexcept;

 private:
  int64_t longest_;
  int64_t shortest_;  ///< So long a packet of sound is not: each segment has one of its own.
  int64_t segment_start_ = 0;
  int64_t last_key_ = 0;
  bool empty_ = true;
};

/// Of a target duration in seconds: what still rounds to it, and a little less for sound that ends
/// a packet later (PL rules count EXTINF to the nearest second).
constexpr int64_t longest_segment(uint32_t target_duration_s, int64_t ticks_a_second) noexcept {
  return (int64_t{target_duration_s} * 100 + 49) * ticks_a_second / 100;
}

}  // namespace millrace::media::ffmpeg
