// One audio rendition's encoder: stereo at 48 kHz into AAC or Opus.
#pragma once

#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/outcome.h"
#include "media/fmp4/track_format.h"
#include "media/worker/job.h"

namespace millrace::media::ffmpeg {

inline constexpr int kOutputSampleRate = 48'000;
inline constexpr int kOutputChannels = 2;
/// What everything between the resampler and the encoders holds.
inline constexpr AVSampleFormat kPcmFormat = AV_SAMPLE_FMT_FLTP;

/// Takes frames of `codec->frame_size` samples in `codec->sample_fmt`; only the last may be
/// shorter.
struct OpenAudioEncoder {
  CodecPtr codec;
  fmp4::TrackFormat format;
};

/// Errors: kEncoderFailed, kUnsupportedJob.
Outcome<OpenAudioEncoder> open_audio_encoder(const worker::AudioSpec& spec);

}  // namespace millrace::media::ffmpeg
