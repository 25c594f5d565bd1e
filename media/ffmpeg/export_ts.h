// MPEG-TS for players that know nothing newer.
#pragma once

#include "media/worker/job.h"

namespace millrace::media::ffmpeg {

/// Remuxes an init segment and the fragments that follow it in `source` into one MPEG-TS segment.
/// Segments made by different jobs from neighbouring runs of one track play in a row: times count
/// from the track's start (plus 10 s, so that none is negative), continuity counters go on, each
/// fragment begins with PAT and PMT. H.264, HEVC and AAC only: kUnsupportedJob. Other errors:
/// kDamaged.
worker::JobResult run_export_ts(const worker::JobSpec& spec, worker::Source& source,
                                worker::Sink& sink);

}  // namespace millrace::media::ffmpeg
