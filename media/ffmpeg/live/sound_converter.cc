#include "media/ffmpeg/live/sound_converter.h"

#include <cstdlib>
#include <utility>

#include "media/ffmpeg/live/first_picture.h"
#include "media/ffmpeg/stream_checks.h"

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;

// Containers round, and encoders of the publisher drift; more is a gap or a jump.
constexpr int64_t kDriftMax_us = 60'000;
constexpr int kFrameSamplesMax = 1 << 16;

int64_t duration_us(int64_t samples) noexcept {
  return av_rescale(samples, kMicroseconds.den, kOutputSampleRate);
}

}  // namespace

Outcome<std::unique_ptr<SoundConverter>> SoundConverter::open(const LivePacket& first,
                                                              const worker::AudioSpec& spec) {
  std::unique_ptr<SoundConverter> converter(new SoundConverter);
  const std::span<const std::byte> config =
      first.config == nullptr ? std::span<const std::byte>{} : std::span(*first.config);
  const CodecParameters parameters = codec_parameters(first, config);
  auto decoder = Decoder::open(*parameters, kMicroseconds, {.thread_count = 1});
  if (!decoder) return std::unexpected(decoder.error());
  converter->decoder_ = std::move(*decoder);
  auto encoder = open_audio_encoder(spec);
  if (!encoder) return std::unexpected(encoder.error());
  converter->encoder_ = std::move(*encoder);
  const AVCodecContext& codec = *converter->encoder_.codec;
  converter->codec_ = first.codec;
  converter->format_ = {.codec = spec.codec,
                        .sample_rate = kOutputSampleRate,
                        .channels = kOutputChannels,
                        .packet_samples = static_cast<uint32_t>(codec.frame_size),
                        .config = converter->encoder_.format.decoder_config};
  converter->pcm_.reset(
      av_audio_fifo_alloc(codec.sample_fmt, kOutputChannels, codec.frame_size * 4));
  MR_ASSERT(converter->pcm_ != nullptr);
  return converter;
}

Outcome<> SoundConverter::convert(const LivePacket& packet, std::vector<LivePacket>& out) {
  if (auto sent = decoder_->send(packet.packet.get()); !sent) return sent;
  while (true) {
    auto frame = decoder_->receive();
    if (!frame) return std::unexpected(frame.error());
    if (*frame == nullptr) return {};
    if ((*frame)->nb_samples <= 0 || (*frame)->nb_samples > kFrameSamplesMax) continue;
    if (!check_sound((*frame)->sample_rate, (*frame)->ch_layout.nb_channels)) continue;
    follow_clock(**frame);
    if (auto done = resample(**frame); !done) return done;
    if (auto done = encode(out); !done) return done;
  }
}

/// A gap is left to whoever places the packets: here samples are only counted.
void SoundConverter::follow_clock(const AVFrame& frame) {
  if (frame.best_effort_timestamp == AV_NOPTS_VALUE) return;
  const int64_t expected = origin_us_ + duration_us(sample_count_);
  if (origin_us_ == AV_NOPTS_VALUE ||
      std::abs(frame.best_effort_timestamp - expected) > kDriftMax_us) {
    origin_us_ = frame.best_effort_timestamp - duration_us(sample_count_);
  }
}

Outcome<> SoundConverter::resample(const AVFrame& frame) {
  if (resampler_ == nullptr || resampled_rate_ != frame.sample_rate ||
      resampled_format_ != frame.format || resampled_channels_ != frame.ch_layout.nb_channels) {
    resampled_rate_ = frame.sample_rate;
    resampled_format_ = frame.format;
    resampled_channels_ = frame.ch_layout.nb_channels;
    AVChannelLayout from{};
    av_channel_layout_default(&from, resampled_channels_);
    SwrContext* resampler = nullptr;
    AVCodecContext& codec = *encoder_.codec;
    int error = swr_alloc_set_opts2(
        &resampler, &codec.ch_layout, codec.sample_fmt, kOutputSampleRate, &from,
        static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
    resampler_.reset(resampler);
    if (error >= 0) error = swr_init(resampler);
    if (error < 0) return av_failure(FailureReason::kDamaged, "sound of an odd shape", error);
  }
  const int capacity = swr_get_out_samples(resampler_.get(), frame.nb_samples);
  const FramePtr pcm = new_frame();
  pcm->format = encoder_.codec->sample_fmt;
  pcm->nb_samples = std::max(1, capacity);
  av_channel_layout_default(&pcm->ch_layout, kOutputChannels);
  if (av_frame_get_buffer(pcm.get(), 0) < 0) {
    return job_failure(FailureReason::kOutOfMemory, "no memory for sound");
  }
  const int made = swr_convert(resampler_.get(), pcm->extended_data, pcm->nb_samples,
                               const_cast<const uint8_t**>(frame.extended_data), frame.nb_samples);
  if (made < 0) return av_failure(FailureReason::kDamaged, "converting sound", made);
  av_audio_fifo_write(pcm_.get(), reinterpret_cast<void**>(pcm->extended_data), made);
  sample_count_ += made;
  return {};
}

Outcome<> SoundConverter::encode(std::vector<LivePacket>& out) {
  const int size = encoder_.codec->frame_size;
  while (av_audio_fifo_size(pcm_.get()) >= size) {
    const FramePtr frame = new_frame();
    frame->format = encoder_.codec->sample_fmt;
    frame->nb_samples = size;
    frame->sample_rate = kOutputSampleRate;
    frame->pts = std::exchange(encoded_count_, encoded_count_ + size);
    av_channel_layout_default(&frame->ch_layout, kOutputChannels);
    if (av_frame_get_buffer(frame.get(), 0) < 0) {
      return job_failure(FailureReason::kOutOfMemory, "no memory for sound");
    }
    av_audio_fifo_read(pcm_.get(), reinterpret_cast<void**>(frame->extended_data), size);
    if (const int error = avcodec_send_frame(encoder_.codec.get(), frame.get()); error < 0) {
      return av_failure(FailureReason::kEncoderFailed, "encoding sound", error);
    }
    if (auto done = take_packets(out); !done) return done;
  }
  return {};
}

Outcome<> SoundConverter::take_packets(std::vector<LivePacket>& out) {
  while (true) {
    LivePacket made{.kind = Timeline::Stream::kAudio, .codec = encoder_.codec->codec_id};
    const int error = avcodec_receive_packet(encoder_.codec.get(), made.packet.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return {};
    if (error < 0) return av_failure(FailureReason::kEncoderFailed, "encoding sound", error);
    made.samples = format_.packet_samples;
    AVPacket& raw = *made.packet;
    // The encoder counts its own delay as negative: such a packet comes before the sound.
    raw.pts = raw.dts = origin_us_ == AV_NOPTS_VALUE ? raw.pts : origin_us_ + duration_us(raw.pts);
    raw.duration = duration_us(made.samples);
    out.push_back(std::move(made));
  }
}

}  // namespace millrace::media::ffmpeg
