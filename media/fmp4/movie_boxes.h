// The header boxes that a CMAF header and a classic movie header share.
#pragma once

#include <span>

#include "media/fmp4/box_writer.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::fmp4 {

struct BoxDuration {
  uint32_t timescale = 0;
  uint64_t duration = 0;
};

struct TrackHeader {
  uint32_t id = 0;
  uint64_t duration = 0;  ///< In the movie's timescale.
};

struct Edit {
  uint64_t duration = 0;  ///< In the movie's timescale.
  uint32_t media_time = 0;
};

void append_ftyp(BoxWriter& w, uint32_t major_brand, std::span<const uint32_t> compatible);
void append_mvhd(BoxWriter& w, const BoxDuration& movie, uint32_t next_track_id);
void append_tkhd(BoxWriter& w, const TrackFormat& format, const TrackHeader& header);
void append_elst(BoxWriter& w, const Edit& edit);  ///< edts and its elst, one edit.
void append_mdhd(BoxWriter& w, const BoxDuration& media);
void append_hdlr(BoxWriter& w, MediaKind kind);
void append_media_header(BoxWriter& w, MediaKind kind);  ///< vmhd or smhd, and dinf.

}  // namespace millrace::media::fmp4
