// Refusals that need only what a container says about a stream.
#pragma once

#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/outcome.h"
#include "media/worker/job.h"

namespace millrace::media::ffmpeg {

/// kPictureTooLarge, kDamaged (no size), kEncrypted, kCodecUnsupported.
Outcome<> check_video(const AVStream& stream, const worker::JobLimits& limits);

/// kDamaged (absurd rate or channel count), kEncrypted, kCodecUnsupported.
Outcome<> check_audio(const AVStream& stream);

/// kEncrypted.
Outcome<> check_clear(const AVStream& stream);

/// Also for frames: a stream may grow after its first picture.
Outcome<> check_picture_size(int width, int height, const worker::JobLimits& limits);

/// Of a decoded or declared sound format.
Outcome<> check_sound(int sample_rate, int channels);

/// Cover art and stills that stand beside the sound are not video.
bool is_cover_art(const AVStream& stream) noexcept;

}  // namespace millrace::media::ffmpeg
