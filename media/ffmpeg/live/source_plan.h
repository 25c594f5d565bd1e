// What becomes of the publisher's own pictures.
#pragma once

#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/ladder.h"
#include "media/worker/job.h"

namespace millrace::media::ffmpeg {

/// Whether viewers' devices show such pictures as they are: H.264 in 4:2:0 and 8 bits; HEVC and AV1
/// also in 10.
bool may_pass(AVCodecID codec, const AVFrame& picture) noexcept;

/// With square pixels.
PictureSize shown_size_of(const AVFrame& picture) noexcept;

/// The rendition of the source's own size where its pictures have to be encoded: a rate by its
/// pixels, the preset of the job's ladder.
worker::RungSpec source_rung(const worker::JobSpec& spec, const PictureSize& shown,
                             AVRational rate);

}  // namespace millrace::media::ffmpeg
