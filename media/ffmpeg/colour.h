// From the colours of a source to the colours of the output, which are always 8 bits, limited range
// and within what every display shows.
#pragma once

#include <string>

#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/ladder.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::ffmpeg {

/// What of a frame decides how its colours are converted.
struct SourceColour {
  AVPixelFormat pixels = AV_PIX_FMT_YUV420P;
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
  AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
  AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
  AVColorRange range = AVCOL_RANGE_UNSPECIFIED;

  static SourceColour of(const AVFrame& frame) noexcept;
  bool operator==(const SourceColour&) const = default;
};

/// BT.2020 in any transfer: HDR by PQ or HLG, and wide-gamut SDR.
bool is_wide(const SourceColour& colour) noexcept;

/// The tags of the output. Pictures without tags get those that a decoder would guess by their
/// size.
fmp4::Colour output_colour(const SourceColour& source, const PictureSize& size) noexcept;

/// libavfilter's chain from the source's colours and size to `size` in 4:2:0, 8 bits.
std::string conversion_filters(const SourceColour& source, const PictureSize& size);

}  // namespace millrace::media::ffmpeg
