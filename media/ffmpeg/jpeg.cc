#include "media/ffmpeg/jpeg.h"

#include <array>
#include <cstring>

namespace millrace::media::ffmpeg {
namespace {

constexpr int kQuality = 4;  // libav's scale of 2 (best) to 31: about 85 of 100.

}  // namespace

FramePtr black_still(const PictureSize& size) {
  FramePtr still = new_frame();
  still->width = size.width;
  still->height = size.height;
  still->format = AV_PIX_FMT_YUVJ420P;
  still->color_range = AVCOL_RANGE_JPEG;
  MR_ASSERT(av_frame_get_buffer(still.get(), 0) >= 0);
  for (int plane = 0; plane < 3; ++plane) {
    const int lines = plane == 0 ? size.height : (size.height + 1) / 2;
    std::memset(still->data[plane], plane == 0 ? 0 : 128,
                static_cast<size_t>(still->linesize[plane]) * static_cast<size_t>(lines));
  }
  return still;
}

Outcome<> draw(const AVFrame& picture, AVFrame& still, const PictureSize& size, int x, int y) {
  const ScalerPtr scaler(sws_getContext(picture.width, picture.height, AV_PIX_FMT_YUV420P,
                                        size.width, size.height, AV_PIX_FMT_YUVJ420P, SWS_AREA,
                                        nullptr, nullptr, nullptr));
  if (scaler == nullptr) {
    return worker::job_failure(FailureReason::kEncoderFailed, "a still cannot be scaled");
  }
  const std::array<uint8_t*, 4> to{still.data[0] + y * still.linesize[0] + x,
                                   still.data[1] + y / 2 * still.linesize[1] + x / 2,
                                   still.data[2] + y / 2 * still.linesize[2] + x / 2, nullptr};
  sws_scale(scaler.get(), picture.data, picture.linesize, 0, picture.height, to.data(),
            still.linesize);
  return {};
}

Outcome<std::vector<std::byte>> encode_jpeg(const AVFrame& still) {
  const AVCodec* encoder = avcodec_find_encoder(AV_CODEC_ID_MJPEG);
  MR_ASSERT(encoder != nullptr);
  const CodecPtr codec(avcodec_alloc_context3(encoder));
  MR_ASSERT(codec != nullptr);
  codec->width = still.width;
  codec->height = still.height;
  codec->pix_fmt = AV_PIX_FMT_YUVJ420P;
  codec->color_range = AVCOL_RANGE_JPEG;
  codec->time_base = {1, 1};
  codec->flags |= AV_CODEC_FLAG_QSCALE;
  codec->global_quality = kQuality * FF_QP2LAMBDA;
  const PacketPtr packet = new_packet();
  int error = avcodec_open2(codec.get(), encoder, nullptr);
  if (error >= 0) error = avcodec_send_frame(codec.get(), &still);
  if (error >= 0) error = avcodec_receive_packet(codec.get(), packet.get());
  if (error < 0) return av_failure(FailureReason::kEncoderFailed, "a still picture", error);
  const auto bytes = std::as_bytes(std::span(packet->data, static_cast<size_t>(packet->size)));
  return std::vector<std::byte>(bytes.begin(), bytes.end());
}

}  // namespace millrace::media::ffmpeg
