#include "media/ffmpeg/stills.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace millrace::media::ffmpeg {
namespace {

constexpr int64_t kPosterEvery_us = 500'000;
constexpr int64_t kPosterLatest_us = 30'000'000;
constexpr int kPosterWidthMax = 1280;
// Limited range: black is 16. A title on black has a mean near 20, a blue screen no contrast.
constexpr double kMeanMin = 32;
constexpr double kContrastMin = 12;

constexpr int kTileLengthMax = 160;
constexpr size_t kColumns = 10;
constexpr size_t kTilesMax = 100;
constexpr int64_t kSecond_us = 1'000'000;

struct Luma {
  double mean = 0;
  double contrast = 0;  ///< Standard deviation.
};

Luma luma_of(const AVFrame& picture) {
  double sum = 0;
  double squares = 0;
  for (int y = 0; y < picture.height; ++y) {
    const uint8_t* line = picture.data[0] + y * picture.linesize[0];
    for (int x = 0; x < picture.width; ++x) {
      sum += line[x];
      squares += double(line[x]) * line[x];
    }
  }
  const double count = double(picture.width) * picture.height;
  const double mean = sum / count;
  return {.mean = mean, .contrast = std::sqrt(std::max(0.0, squares / count - mean * mean))};
}

PictureSize fit_even(const AVFrame& picture, int length_max) {
  const double scale = std::min(1.0, double(length_max) / std::max(picture.width, picture.height));
  return {.width = std::max(2, static_cast<int>(std::lround(picture.width * scale / 2)) * 2),
          .height = std::max(2, static_cast<int>(std::lround(picture.height * scale / 2)) * 2)};
}

}  // namespace

Outcome<> Poster::consider(const AVFrame& judged, const AVFrame& shown, int64_t time_us) {
  if (reported_ || time_us < next_time_us_) return {};
  next_time_us_ = time_us + kPosterEvery_us;
  const Luma luma = luma_of(judged);
  const double score = std::min(luma.mean, kMeanMin) * luma.contrast;
  if (score > best_score_) {
    best_score_ = score;
    best_ = share(shown);
  }
  const bool telling = luma.mean >= kMeanMin && luma.contrast >= kContrastMin;
  return telling || time_us > kPosterLatest_us ? finish() : Outcome<>{};
}

Outcome<> Poster::finish() {
  if (reported_ || best_ == nullptr) return {};
  reported_ = true;
  return report(*std::exchange(best_, nullptr));
}

Outcome<> Poster::report(const AVFrame& picture) {
  const PictureSize size = fit_even(picture, kPosterWidthMax);
  const FramePtr still = black_still(size);
  if (auto drawn = draw(picture, *still, size, 0, 0); !drawn) return drawn;
  const auto jpeg = encode_jpeg(*still);
  if (!jpeg) return std::unexpected(jpeg.error());
  return outlet_.image({.kind = worker::ImageKind::kPoster,
                        .tile_width = static_cast<uint32_t>(size.width),
                        .tile_height = static_cast<uint32_t>(size.height),
                        .jpeg = *jpeg});
}

Storyboard::Storyboard(Outlet& outlet, int64_t duration_us)
    : outlet_(outlet),
      interval_us_(std::max<int64_t>(1, (duration_us + int64_t{kTilesMax} * kSecond_us - 1) /
                                            (int64_t{kTilesMax} * kSecond_us)) *
                   kSecond_us) {}

Outcome<> Storyboard::consider(const AVFrame& picture, int64_t time_us) {
  if (time_us < static_cast<int64_t>(tiles_.size()) * interval_us_) return {};
  if (tiles_.size() == kTilesMax) {
    thin_out();
    if (time_us < static_cast<int64_t>(tiles_.size()) * interval_us_) return {};
  }
  if (tiles_.empty()) tile_ = fit_even(picture, kTileLengthMax);
  FramePtr tile = black_still(tile_);
  auto drawn = draw(picture, *tile, tile_, 0, 0);
  tiles_.push_back(std::move(tile));
  return drawn;
}

void Storyboard::thin_out() {
  for (size_t i = 0; 2 * i < tiles_.size(); ++i) tiles_[i] = std::move(tiles_[2 * i]);
  tiles_.resize((tiles_.size() + 1) / 2);
  interval_us_ *= 2;
}

Outcome<> Storyboard::finish() {
  if (tiles_.empty()) return {};
  const size_t columns = std::min(kColumns, tiles_.size());
  const size_t rows = (tiles_.size() + columns - 1) / columns;
  const FramePtr sheet = black_still({.width = tile_.width * static_cast<int>(columns),
                                      .height = tile_.height * static_cast<int>(rows)});
  for (size_t i = 0; i < tiles_.size(); ++i) {
    const int x = static_cast<int>(i % columns) * tile_.width;
    const int y = static_cast<int>(i / columns) * tile_.height;
    for (int plane = 0; plane < 3; ++plane) {
      const int shift = plane == 0 ? 0 : 1;
      av_image_copy_plane(sheet->data[plane] + (y >> shift) * sheet->linesize[plane] + (x >> shift),
                          sheet->linesize[plane], tiles_[i]->data[plane],
                          tiles_[i]->linesize[plane], tile_.width >> shift, tile_.height >> shift);
    }
  }
  const auto jpeg = encode_jpeg(*sheet);
  if (!jpeg) return std::unexpected(jpeg.error());
  return outlet_.image({.kind = worker::ImageKind::kStoryboard,
                        .columns = static_cast<uint32_t>(columns),
                        .rows = static_cast<uint32_t>(rows),
                        .tile_width = static_cast<uint32_t>(tile_.width),
                        .tile_height = static_cast<uint32_t>(tile_.height),
                        .tile_count = static_cast<uint32_t>(tiles_.size()),
                        .interval_ms = static_cast<uint32_t>(interval_us_ / 1000),
                        .jpeg = *jpeg});
}

}  // namespace millrace::media::ffmpeg
