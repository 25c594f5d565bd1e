#include "media/ffmpeg/scale_cascade.h"

#include <utility>

namespace millrace::media::ffmpeg {
namespace {

constexpr int kAlignment = 64;  // The widest vector loads of the scaler and the encoders.

int buffer_size(const PictureSize& size) {
  return av_image_get_buffer_size(AV_PIX_FMT_YUV420P, size.width, size.height, kAlignment);
}

}  // namespace

BufferPoolPtr picture_pool(const PictureSize& size) {
  // The encoders' assembly reads a little past the last line.
  return BufferPoolPtr(
      av_buffer_pool_init(static_cast<size_t>(buffer_size(size)) + kAlignment, nullptr));
}

FramePtr picture_from(AVBufferPool& pool, const PictureSize& size) {
  FramePtr frame = new_frame();
  frame->buf[0] = av_buffer_pool_get(&pool);
  if (frame->buf[0] == nullptr) return nullptr;
  frame->width = size.width;
  frame->height = size.height;
  frame->format = AV_PIX_FMT_YUV420P;
  frame->sample_aspect_ratio = {1, 1};
  av_image_fill_arrays(frame->data, frame->linesize, frame->buf[0]->data, AV_PIX_FMT_YUV420P,
                       size.width, size.height, kAlignment);
  return frame;
}

ScaleCascade::ScaleCascade(std::vector<PictureSize> sizes) {
  for (const PictureSize& size : sizes) {
    Step step{.size = size, .scaler = nullptr, .pool = nullptr};
    if (!steps_.empty()) {
      const PictureSize& from = steps_.back().size;
      step.scaler.reset(sws_getContext(from.width, from.height, AV_PIX_FMT_YUV420P, size.width,
                                       size.height, AV_PIX_FMT_YUV420P, SWS_BICUBIC, nullptr,
                                       nullptr, nullptr));
      step.pool = picture_pool(size);
      MR_ASSERT(step.scaler != nullptr && step.pool != nullptr);
    }
    steps_.push_back(std::move(step));
  }
}

Outcome<std::vector<FramePtr>> ScaleCascade::scale(FramePtr picture) {
  std::vector<FramePtr> pictures;
  pictures.push_back(std::move(picture));
  for (size_t i = 1; i < steps_.size(); ++i) {
    const AVFrame& from = *pictures.back();
    FramePtr to = picture_from(*steps_[i].pool, steps_[i].size);
    if (to == nullptr) {
      return worker::job_failure(FailureReason::kOutOfMemory, "no memory for a scaled picture");
    }
    to->colorspace = from.colorspace;
    to->color_range = from.color_range;
    to->color_trc = from.color_trc;
    to->color_primaries = from.color_primaries;
    sws_scale(steps_[i].scaler.get(), from.data, from.linesize, 0, from.height, to->data,
              to->linesize);
    pictures.push_back(std::move(to));
  }
  return pictures;
}

}  // namespace millrace::media::ffmpeg
