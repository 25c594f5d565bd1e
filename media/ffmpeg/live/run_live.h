// The live job: a publisher's bytes in, parts of every rendition out.
#pragma once

#include "media/worker/job.h"

namespace millrace::media::ffmpeg {

/// Works until the source ends, which is a publisher that has finished. Pictures and sound pass as
/// they are where LiveSpec lets them. Reports the probe, then the tracks, then parts as they are
/// complete; a change of format or a jump of the clock is a discontinuity, never the end.
///
/// Failures: kNotMedia, kNoDuration (it ended before anything could be shown), kCodecUnsupported,
/// kPictureTooLarge, kEncrypted, kDamaged; an error of the source or the sink at once.
worker::JobResult run_live(const worker::JobSpec& spec, worker::Source& source, worker::Sink& sink);

}  // namespace millrace::media::ffmpeg
