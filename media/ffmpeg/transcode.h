// The main job: an uploaded file in, the whole ladder out.
#pragma once

#include "media/worker/job.h"

namespace millrace::media::ffmpeg {

/// Decodes the source once and makes every rendition in one pass: the video rungs that are not
/// above the source, with key frames at the same instants, the audio renditions, a poster and a
/// storyboard. Sound and picture start at 0 and end together. Works without sound and without
/// picture. A source that is damaged in places, or that stops without an index to tell, is encoded
/// as far as it decodes, and the log says so; one whose index names what is not there is
/// kTruncated.
///
/// Blocks until everything is reported; starts threads of its own and ends them before it returns.
/// An error of the source or the sink ends the job at once.
worker::JobResult run_transcode(const worker::JobSpec& spec, worker::Source& source,
                                worker::Sink& sink);

}  // namespace millrace::media::ffmpeg
