#include "media/ffmpeg/frame_rate.h"

#include <algorithm>
#include <array>

namespace millrace::media::ffmpeg {
namespace {

constexpr std::array<AVRational, 9> kUsualRates{
    {{12, 1}, {15, 1}, {24000, 1001}, {24, 1}, {25, 1}, {30000, 1001}, {30, 1}, {50, 1}, {60, 1}}};
constexpr AVRational kNtsc60{60000, 1001};
constexpr AVRational kFallback{30, 1};
constexpr double kRateMin = 10.0;  // Below, a GOP of 2 s has too few frames to seek in.
constexpr double kRateMax = 60.5;  // Displays of most viewers end at 60 Hz.
constexpr double kPlausibleMax = 1000.0;

bool plausible(AVRational rate) noexcept {
  return rate.num > 0 && rate.den > 0 && av_q2d(rate) < kPlausibleMax && av_q2d(rate) > 0.01;
}

/// 29.97 and 2997/100 both mean 30000/1001: containers round.
AVRational snap(AVRational rate) noexcept {
  const auto near = [rate](AVRational usual) {
    return std::abs(av_q2d(rate) / av_q2d(usual) - 1.0) < 0.0004;
  };
  if (near(kNtsc60)) return kNtsc60;
  for (const AVRational usual : kUsualRates) {
    if (near(usual)) return usual;
  }
  AVRational small{};
  av_reduce(&small.num, &small.den, rate.num, rate.den, 60'000);
  return small;
}

AVRational into_range(AVRational rate) noexcept {
  const double fps = av_q2d(rate);
  if (fps > kRateMax) {
    const int divisor = static_cast<int>(std::ceil(fps / kRateMax));
    return snap(av_mul_q(rate, {1, divisor}));
  }
  if (fps < kRateMin) {
    const int factor = static_cast<int>(std::ceil(kRateMin / fps));
    return snap(av_mul_q(rate, {factor, 1}));
  }
  return rate;
}

}  // namespace

AVRational choose_frame_rate(const ClaimedRates& claimed) noexcept {
  const bool average_known = plausible(claimed.average);
  const bool finest_known = plausible(claimed.finest);
  if (!average_known && !finest_known) return kFallback;
  if (!average_known) return into_range(snap(claimed.finest));
  const double average = av_q2d(claimed.average);
  // A phone's 29.6 on average with steps of 1/30 is meant as 30; the last frame of a short clip
  // alone moves the average by a percent.
  if (finest_known && av_q2d(claimed.finest) >= average * 0.995 &&
      av_q2d(claimed.finest) <= average * 1.3) {
    return into_range(snap(claimed.finest));
  }
  if (average > kRateMax) return {60, 1};
  const AVRational snapped = snap(claimed.average);
  for (const AVRational usual : kUsualRates) {
    if (av_q2d(usual) >= average * 0.99) {
      return av_cmp_q(snapped, usual) == 0 || average >= kRateMin ? usual : into_range(snapped);
    }
  }
  return into_range(snapped);
}

int64_t FrameGrid::frames_per_gop(uint32_t gop_ms) const noexcept {
  return std::max<int64_t>(1, frame_at(int64_t{gop_ms} * 1000));
}

uint32_t FrameGrid::ticks_per_frame() const noexcept {
  return static_cast<uint32_t>(rate.den) * (timescale() / static_cast<uint32_t>(rate.num));
}

uint32_t FrameGrid::timescale() const noexcept {
  // Doubled until a tick is short enough that sound and picture edges compare well, as other
  // packagers do: 30 fps counts in 1/15360 s.
  auto scale = static_cast<uint32_t>(rate.num);
  while (scale < 10'000) scale *= 2;
  return scale;
}

}  // namespace millrace::media::ffmpeg
