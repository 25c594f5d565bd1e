// Sound that cannot be passed on, made into sound that can.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "media/ffmpeg/audio_encoder.h"
#include "media/ffmpeg/decoder.h"
#include "media/ffmpeg/live/sound_form.h"

namespace millrace::media::ffmpeg {

/// Decodes packets of one codec, and encodes them as the job's audio says: stereo at 48 kHz. Holds
/// back less than two packets.
class SoundConverter {
 public:
  /// Errors: kCodecUnsupported, kEncoderFailed.
  static Outcome<std::unique_ptr<SoundConverter>> open(const LivePacket& first,
                                                       const worker::AudioSpec& spec);

  /// Appends what comes out. Times in microseconds, AV_NOPTS_VALUE: right after the packet before.
  Outcome<> convert(const LivePacket& packet, std::vector<LivePacket>& out);

  AVCodecID codec() const noexcept { return codec_; }
  const SoundFormat& format() const noexcept { return format_; }

 private:
  SoundConverter() = default;
  Outcome<> resample(const AVFrame& frame);
  Outcome<> encode(std::vector<LivePacket>& out);
  Outcome<> take_packets(std::vector<LivePacket>& out);
  void follow_clock(const AVFrame& frame);

  AVCodecID codec_ = AV_CODEC_ID_NONE;
  SoundFormat format_;
  std::optional<Decoder> decoder_;
  OpenAudioEncoder encoder_;
  ResamplerPtr resampler_;
  int64_t resampled_rate_ = 0;  ///< What the resampler was made for.
  int resampled_format_ = -1;
  int resampled_channels_ = 0;
  AudioFifoPtr pcm_;
  int64_t sample_count_ = 0;            ///< That went into pcm_.
  int64_t encoded_count_ = 0;           ///< That went into the encoder.
  int64_t origin_us_ = AV_NOPTS_VALUE;  ///< When sample 0 would have been heard.
};

}  // namespace millrace::media::ffmpeg
