#include "media/ffmpeg/live/picture_clock.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace millrace::media::ffmpeg {
namespace {

constexpr int64_t kTicksASecond = 120'000;
// A millisecond, as RTMP rounds, to both sides, and a little.
constexpr int64_t kRounding = kTicksASecond / 1000 + 30;
constexpr int64_t kCompositionMax = kTicksASecond * 2;
constexpr std::array<AVRational, 14> kUsualRates{{{30, 1},
                                                  {25, 1},
                                                  {60, 1},
                                                  {24, 1},
                                                  {50, 1},
                                                  {30000, 1001},
                                                  {60000, 1001},
                                                  {24000, 1001},
                                                  {15, 1},
                                                  {10, 1},
                                                  {20, 1},
                                                  {12, 1},
                                                  {120, 1},
                                                  {5, 1}}};

int64_t ticks_of(AVRational rate) noexcept { return av_rescale(kTicksASecond, rate.den, rate.num); }

/// The median step is right even where a frame or two are missing.
int64_t median_step(std::span<const int64_t> times) {
  std::vector<int64_t> steps;
  for (size_t i = 1; i < times.size(); ++i) steps.push_back(times[i] - times[i - 1]);
  std::ranges::nth_element(steps, steps.begin() + static_cast<ptrdiff_t>(steps.size() / 2));
  return std::max<int64_t>(1, steps[steps.size() / 2]);
}

/// Every time lies near a whole number of frames behind the first.
bool on_grid(std::span<const int64_t> times, int64_t frame) {
  const int64_t tolerance = std::max(kRounding, frame / 16);
  return std::ranges::all_of(times, [&](int64_t time) {
    const int64_t since = time - times.front();
    const int64_t frames = (since + frame / 2) / frame;
    return std::abs(since - frames * frame) <= tolerance;
  });
}

}  // namespace

AVRational usual_rate(double frames_a_second) noexcept {
  const auto nearest = std::ranges::min_element(
      kUsualRates, {}, [&](AVRational rate) { return std::abs(av_q2d(rate) - frames_a_second); });
  const bool near = std::abs(av_q2d(*nearest) / frames_a_second - 1) < 0.0004;
  return near ? *nearest : AVRational{0, 1};
}

FrameSpacing spacing_of(std::span<const int64_t> times, AVRational claimed) noexcept {
  MR_ASSERT(times.size() >= kSpacingTimesMin);
  const int64_t step = median_step(times);
  const auto fits = [&](AVRational rate) {
    if (rate.num <= 0 || rate.den <= 0) return false;
    const int64_t frame = ticks_of(rate);
    // A grid of fewer frames than there are pictures would fit too.
    return frame > 0 && std::abs(frame - step) <= kRounding && on_grid(times, frame);
  };
  if (fits(claimed)) {
    return {.frame_ticks = ticks_of(claimed), .constant = true, .rate = claimed};
  }
  for (const AVRational rate : kUsualRates) {
    if (fits(rate)) return {.frame_ticks = ticks_of(rate), .constant = true, .rate = rate};
  }
  AVRational rate{};
  av_reduce(&rate.num, &rate.den, kTicksASecond, step, 1'000'000);
  return {.frame_ticks = step, .constant = on_grid(times, step), .rate = rate};
}

PictureClock::PictureClock(const FrameSpacing& spacing, const Start& start) noexcept
    : spacing_(spacing),
      tolerance_(spacing.constant ? spacing.frame_ticks / 4 : 0),
      shift_(start.start - start.first_dts),
      last_(start.start - spacing.frame_ticks),
      end_(start.start),
      reorder_delay_(snapped(start.first_pts - start.first_dts)) {}

int64_t PictureClock::snapped(int64_t ticks) const noexcept {
  ticks = std::clamp<int64_t>(ticks, 0, kCompositionMax);
  const int64_t frame = spacing_.frame_ticks;
  const int64_t whole = (ticks + frame / 2) / frame * frame;
  return std::abs(whole - ticks) <= tolerance_ ? whole : ticks;
}

PictureTimes PictureClock::place(int64_t dts, int64_t pts) noexcept {
  const int64_t frame = spacing_.frame_ticks;
  int64_t wanted = dts + shift_;
  const int64_t steps = std::max<int64_t>(1, (wanted - last_ + frame / 2) / frame);
  const int64_t near = last_ + steps * frame;
  if (std::abs(wanted - near) <= tolerance_) wanted = near;
  // A picture never comes before what was promised of the one before it; the next makes up for it.
  last_ = std::max(wanted, last_ + 1);
  const int64_t shown = std::max(last_, end_) + snapped(pts - dts);
  const PictureTimes times{.decode_time = end_,
                           .duration = std::max<int64_t>(1, last_ + frame - end_),
                           .composition_offset = shown - end_};
  end_ += times.duration;
  return times;
}

}  // namespace millrace::media::ffmpeg
