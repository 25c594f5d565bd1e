#include "media/ffmpeg/audio_encoder.h"

#include "media/fmp4/decoder_config.h"

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;

core::Result<std::vector<std::byte>> decoder_config(fmp4::Codec codec,
                                                    std::span<const std::byte> header) {
  if (codec == fmp4::Codec::kOpus) return fmp4::opus_decoder_config(header);
  return std::vector<std::byte>(header.begin(), header.end());
}

}  // namespace

Outcome<OpenAudioEncoder> open_audio_encoder(const worker::AudioSpec& spec) {
  const bool opus = spec.codec == fmp4::Codec::kOpus;
  if (!opus && spec.codec != fmp4::Codec::kAac) {
    return job_failure(FailureReason::kUnsupportedJob,
                       fmt::format("no audio encoder for {}", spec.quality));
  }
  const AVCodec* encoder = avcodec_find_encoder_by_name(opus ? "libopus" : "aac");
  OpenAudioEncoder open{.codec = CodecPtr(avcodec_alloc_context3(encoder)), .format = {}};
  if (encoder == nullptr || open.codec == nullptr) {
    return job_failure(FailureReason::kUnsupportedJob, "no audio encoder in this build");
  }
  AVCodecContext& codec = *open.codec;
  codec.sample_rate = kOutputSampleRate;
  codec.sample_fmt = opus ? AV_SAMPLE_FMT_FLT : AV_SAMPLE_FMT_FLTP;
  av_channel_layout_default(&codec.ch_layout, kOutputChannels);
  codec.bit_rate = spec.bitrate_bps;
  codec.time_base = {1, kOutputSampleRate};
  codec.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  Options options;
  if (opus) options.set("vbr", "constrained");  // Free, it passes its rate by a fifth on noise.
  if (const int error = avcodec_open2(&codec, encoder, options.address()); error < 0) {
    return av_failure(FailureReason::kEncoderFailed, spec.quality, error);
  }
  auto config = decoder_config(
      spec.codec,
      std::as_bytes(std::span(codec.extradata, static_cast<size_t>(codec.extradata_size))));
  if (!config) return job_failure(FailureReason::kEncoderFailed, config.error().what);
  open.format = {.codec = spec.codec,
                 .timescale = kOutputSampleRate,
                 .channels = kOutputChannels,
                 .sample_rate = kOutputSampleRate,
                 .priming = static_cast<uint32_t>(codec.initial_padding),
                 .decoder_config = std::move(*config)};
  return open;
}

}  // namespace millrace::media::ffmpeg
