// Whether a finished track may be published.
#pragma once

#include <cstdint>

#include "media/track/track_index.h"
#include "media/worker/failure.h"
#include "media/worker/report.h"

namespace millrace::media::library {

/// What one track must hold against.
struct TrackExpectation {
  uint64_t bitrate_bps_max = 0;  ///< The average that was asked for at most.
};

/// What all tracks of one video were made of.
struct SourceExpectation {
  worker::SourceLength length;
  /// One frame of the output's grid, on which pictures end, and sound with them; 0: no pictures.
  double picture_frame_seconds = 0;
};

/// A decoder read the track from beginning to end (`decoded`): no error, as long as its index says
/// within one frame, a key frame at the start of every fragment, an average bit rate within what
/// was asked for. Failure: kInvalidOutput with what is wrong.
[[nodiscard]] worker::JobResult check_track(const track::TrackIndex& index,
                                            const worker::ValidationReport& decoded,
                                            const TrackExpectation& expected);

/// The track is as long as what was decoded of the source, within one frame of its own or of the
/// pictures, whichever is longer: as its pictures, or as its sound where that outlasts them (see
/// kSoundOverhangUsMax), within what sound may drift as well (kSoundDriftUsMax). Not as the
/// source's container says: those lie. Failure: kInvalidOutput.
[[nodiscard]] worker::JobResult check_source_length(const track::TrackIndex& index,
                                                    const SourceExpectation& source);

/// The video tracks of one video, and its audio tracks, begin every fragment at the same instants:
/// what a player may switch between (SPECS SG-01, PL-24). Failure: kInvalidOutput.
[[nodiscard]] worker::JobResult check_aligned(const track::TrackIndex& one,
                                              const track::TrackIndex& other);

}  // namespace millrace::media::library
