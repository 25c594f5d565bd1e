#include "media/ffmpeg/live/live_clock.h"

namespace millrace::media::ffmpeg {
namespace {

// IG-11: a step of the publisher's clock by more than this is a jump.
constexpr int64_t kLongestGap_us = 10'000'000;

}  // namespace

bool LiveClock::repair(LivePacket& packet) {
  AVPacket& raw = *packet.packet;
  if (raw.dts == AV_NOPTS_VALUE) raw.dts = raw.pts;
  if (raw.dts == AV_NOPTS_VALUE) return false;
  if (raw.pts == AV_NOPTS_VALUE) raw.pts = raw.dts;
  if (!timeline_) {
    timeline_.emplace(Timeline::Options{.zero_us = raw.dts, .longest_gap_us = kLongestGap_us});
  }
  const int64_t correction = timeline_->correction_us(packet.kind, raw.dts, raw.duration);
  raw.dts = av_sat_add64(raw.dts, correction);
  raw.pts = av_sat_add64(raw.pts, correction);
  return true;
}

}  // namespace millrace::media::ffmpeg
