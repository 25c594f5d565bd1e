#include "media/ffmpeg/decoder.h"

#include "media/ffmpeg/allow_list.h"

namespace millrace::media::ffmpeg {

Outcome<Decoder> Decoder::open(const AVStream& stream, const Settings& settings) {
  return open(*stream.codecpar, stream.time_base, settings);
}

Outcome<Decoder> Decoder::open(const AVCodecParameters& parameters, AVRational time_base,
                               const Settings& settings) {
  const AVCodec* codec = find_decoder(parameters.codec_id);
  if (codec == nullptr) {
    return worker::job_failure(FailureReason::kCodecUnsupported,
                               avcodec_get_name(parameters.codec_id));
  }
  Decoder decoder;
  decoder.codec_.reset(avcodec_alloc_context3(codec));
  MR_ASSERT(decoder.codec_ != nullptr);
  AVCodecContext& context = *decoder.codec_;
  if (const int error = avcodec_parameters_to_context(&context, &parameters); error < 0) {
    return av_failure(FailureReason::kCodecUnsupported, codec->name, error);
  }
  context.pkt_timebase = time_base;
  context.thread_count = settings.thread_count;
  if (settings.pixels_max != 0) context.max_pixels = static_cast<int64_t>(settings.pixels_max);
  if (settings.strict) context.err_recognition = AV_EF_CAREFUL | AV_EF_EXPLODE;
  Options options;
  options.set("codec_whitelist", allowed_decoders());
  if (const int error = avcodec_open2(&context, codec, options.address()); error < 0) {
    return av_failure(FailureReason::kCodecUnsupported, codec->name, error);
  }
  return decoder;
}

Outcome<> Decoder::send(const AVPacket* packet) {
  if (packet != nullptr) ++packet_count_;
  const int error = avcodec_send_packet(codec_.get(), packet);
  if (error == AVERROR(ENOMEM)) {
    return av_failure(FailureReason::kOutOfMemory, "decoding", error);
  }
  if (error < 0 && error != AVERROR_EOF) ++error_count_;
  return {};
}

Outcome<FramePtr> Decoder::receive() {
  FramePtr frame = new_frame();
  while (true) {
    const int error = avcodec_receive_frame(codec_.get(), frame.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return nullptr;
    if (error == AVERROR(ENOMEM)) {
      return av_failure(FailureReason::kOutOfMemory, "decoding", error);
    }
    if (error < 0) {
      ++error_count_;
      continue;
    }
    ++frame_count_;
    if (frame->decode_error_flags != 0) ++error_count_;
    return frame;
  }
}

}  // namespace millrace::media::ffmpeg
