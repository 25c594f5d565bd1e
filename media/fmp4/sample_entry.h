// The sample entry of a track (ISO/IEC 14496-12, 8.5.2), as both the CMAF header and the classic
// one carry it inside stsd.
#pragma once

#include "core/result.h"
#include "media/fmp4/box_reader.h"
#include "media/fmp4/box_writer.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::fmp4 {

/// `stsd` with one entry: avc1, hvc1, vp09, av01, mp4a or Opus.
void append_stsd(BoxWriter& w, const TrackFormat& format);

/// Fills what a sample entry knows: codec, picture or sound geometry, colour, decoder_config.
/// kMalformed or kUnsupported as parse_init_segment().
core::Result<> parse_stsd(ByteReader r, TrackFormat& format);

}  // namespace millrace::media::fmp4
