// The check that a finished rendition passes before it is published.
#pragma once

#include "media/worker/job.h"

namespace millrace::media::ffmpeg {

/// Decodes the whole CMAF track in `source`, strictly, with libavformat as the reader: another
/// implementation than the one that wrote it. Reports what was found; judging it is the server's
/// part, except for a track that cannot be opened or shows nothing: kInvalidOutput.
worker::JobResult run_validate(const worker::JobSpec& spec, worker::Source& source,
                               worker::Sink& sink);

}  // namespace millrace::media::ffmpeg
