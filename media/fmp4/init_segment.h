// The CMAF header of a track: `ftyp moov`, no samples (ISO/IEC 23000-19, 7.3.1; rule PL-29).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/result.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::fmp4 {

/// The id that every single-track file of ours gives its track.
inline constexpr uint32_t kTrackId = 1;

/// Brands iso6 and cmfc, durations 0, one track. `frame_duration` travels as the track's default
/// sample duration, `priming` as an edit list. The format must be one check_format() accepts.
void append_init_segment(std::vector<std::byte>& out, const TrackFormat& format);

/// Whether a format can be written at all: kInvalid names what is missing or out of range.
core::Result<> check_format(const TrackFormat& format);

/// The inverse, for bytes from a file or a worker: exactly `ftyp moov`, one track, a codec we know.
/// kMalformed: not such bytes. kUnsupported: well-formed, with a codec or layout not offered here.
core::Result<TrackFormat> parse_init_segment(std::span<const std::byte> bytes);

}  // namespace millrace::media::fmp4
