#include "media/ffmpeg/live/source_plan.h"

#include <algorithm>

namespace millrace::media::ffmpeg {
namespace {

// Of H.264 at a fast preset: 720p at 30 frames a second come to 2.8 Mbit/s.
constexpr double kBitsAPixel = 0.1;
constexpr double kBitrateMin_bps = 300'000;
constexpr double kBitrateMax_bps = 12'000'000;

}  // namespace

bool may_pass(AVCodecID codec, const AVFrame& picture) noexcept {
  switch (picture.format) {
    case AV_PIX_FMT_YUV420P:
    case AV_PIX_FMT_YUVJ420P:
      return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_AV1;
    case AV_PIX_FMT_YUV420P10:
      return codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_AV1;
    default:
      return false;
  }
}

PictureSize shown_size_of(const AVFrame& picture) noexcept {
  return shown_size({.coded = {picture.width, picture.height},
                     .sar_num = picture.sample_aspect_ratio.num,
                     .sar_den = picture.sample_aspect_ratio.den});
}

worker::RungSpec source_rung(const worker::JobSpec& spec, const PictureSize& shown,
                             AVRational rate) {
  const double wanted = kBitsAPixel * shown.width * shown.height * av_q2d(rate);
  const auto bitrate_bps =
      static_cast<uint32_t>(std::clamp(wanted, kBitrateMin_bps, kBitrateMax_bps));
  return {.quality = spec.live.source_quality,
          .codec = fmp4::Codec::kH264,
          .height = static_cast<uint32_t>(std::min(shown.width, shown.height)),
          .bitrate_bps = bitrate_bps,
          .max_bitrate_bps = bitrate_bps / 2 * 3,
          .preset = spec.ladder.empty() ? "superfast" : spec.ladder.front().preset};
}

}  // namespace millrace::media::ffmpeg
