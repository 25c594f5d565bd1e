#include "media/ffmpeg/ladder.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace millrace::media::ffmpeg {
namespace {

// 562 lines stay a "720p", 500 lines become 480: between the usual heights lies a factor of 1.33
// to 1.5.
constexpr double kNativeShareMin = 0.75;

int even_down(double length) noexcept { return std::max(2, static_cast<int>(length + 1e-6) & ~1); }

int even_near(double length) noexcept {
  return std::max(2, static_cast<int>(std::lround(length / 2)) * 2);
}

PictureSize box_of(const worker::RungSpec& rung) noexcept {
  const int height = static_cast<int>(rung.height);
  return {.width = even_near(height * 16 / 9.0), .height = height};
}

double scale_into(const PictureSize& picture, PictureSize box) noexcept {
  if (picture.height > picture.width) std::swap(box.width, box.height);
  return std::min(double(box.width) / picture.width, double(box.height) / picture.height);
}

}  // namespace

PictureSize shown_size(const StoredPicture& picture) noexcept {
  double width = picture.coded.width;
  double height = picture.coded.height;
  const double sar =
      picture.sar_num > 0 && picture.sar_den > 0 ? double(picture.sar_num) / picture.sar_den : 1.0;
  // Shapes beyond 1:100 are mistakes of a container, and would leave no pixel.
  if (sar > 1.0 && sar < 100.0) width *= sar;
  if (sar < 1.0 && sar > 0.01) height /= sar;
  PictureSize shown{.width = even_down(width), .height = even_down(height)};
  if (picture.turned) std::swap(shown.width, shown.height);
  return shown;
}

PictureSize fit(const PictureSize& picture, const PictureSize& box) noexcept {
  const double scale = std::min(1.0, scale_into(picture, box));
  if (scale >= 1.0) return {even_down(picture.width), even_down(picture.height)};
  return {even_near(picture.width * scale), even_near(picture.height * scale)};
}

std::vector<LadderRung> plan_ladder(std::span<const worker::RungSpec> ladder,
                                    const PictureSize& shown) {
  std::map<fmp4::Codec, std::vector<worker::RungSpec>> by_codec;
  for (const worker::RungSpec& rung : ladder) by_codec[rung.codec].push_back(rung);
  std::vector<LadderRung> plan;
  for (auto& [codec, rungs] : by_codec) {
    std::ranges::sort(rungs, {}, &worker::RungSpec::height);
    bool any = false;
    for (const worker::RungSpec& rung : rungs) {
      const double scale = scale_into(shown, box_of(rung));
      const bool above = scale > 1.0;
      if (above && any && scale > 1.0 / kNativeShareMin) break;
      plan.push_back({.spec = rung, .size = fit(shown, box_of(rung))});
      any = true;
      if (scale >= 1.0) break;  // The next one would hold the same pixels.
    }
  }
  std::ranges::sort(plan, {}, [](const LadderRung& rung) {
    return std::tuple(int64_t{rung.size.width} * rung.size.height, rung.spec.codec,
                      rung.spec.height);
  });
  return plan;
}

}  // namespace millrace::media::ffmpeg
