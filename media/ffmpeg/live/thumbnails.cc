#include "media/ffmpeg/live/thumbnails.h"

#include "media/ffmpeg/jpeg.h"

namespace millrace::media::ffmpeg {
namespace {

constexpr PictureSize kBox{.width = 320, .height = 180};

}  // namespace

Outcome<> Thumbnails::consider(const AVFrame& picture, int64_t time) {
  if (!due(time)) return {};
  next_ = time + interval_;
  const PictureSize size = fit({.width = picture.width, .height = picture.height}, kBox);
  const FramePtr still = black_still(size);
  if (auto drawn = draw(picture, *still, size, 0, 0); !drawn) return drawn;
  const auto jpeg = encode_jpeg(*still);
  if (!jpeg) return std::unexpected(jpeg.error());
  return outlet_.image({.kind = worker::ImageKind::kThumbnail,
                        .tile_width = static_cast<uint32_t>(size.width),
                        .tile_height = static_cast<uint32_t>(size.height),
                        .jpeg = *jpeg});
}

}  // namespace millrace::media::ffmpeg
