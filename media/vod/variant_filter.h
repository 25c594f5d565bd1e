// What a request for the multivariant playlist allows: maxWidth, maxHeight, maxBitrate, codecs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::vod {

struct VariantFilter {
  std::optional<uint32_t> max_width;
  std::optional<uint32_t> max_height;
  std::optional<uint64_t> max_bitrate_bps;  ///< Against BANDWIDTH: pictures and sound together.
  std::vector<fmp4::Codec> codecs;          ///< Empty: all.

  /// Whether a rendition's codec is wanted. Naming only picture codecs leaves the sound alone, and
  /// the other way round: `codecs=av01` is a choice of pictures, not a wish for silence.
  bool allows(fmp4::Codec codec) const noexcept;
};

/// "avc1,mp4a" or "h264,aac"; a full RFC 6381 string counts by its first part. kInvalid for a name
/// that is not known here.
core::Result<std::vector<fmp4::Codec>> parse_codecs(std::string_view list);

}  // namespace millrace::media::vod
