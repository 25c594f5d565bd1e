// From what encoders put out (Annex B parameter sets, a sequence header OBU, an OpusHead) to what
// the sample entry carries: TrackFormat::decoder_config.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/result.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::fmp4 {

/// avcC (ISO/IEC 14496-15, 5.3.3.1) from SPS and PPS behind Annex B start codes; four bytes of NAL
/// length. kMalformed without at least one of each.
core::Result<std::vector<std::byte>> avc_decoder_config(std::span<const std::byte> annex_b);

/// hvcC (ISO/IEC 14496-15, 8.3.3.1) from VPS, SPS and PPS behind Annex B start codes; four bytes of
/// NAL length. kMalformed without at least one of each.
core::Result<std::vector<std::byte>> hevc_decoder_config(std::span<const std::byte> annex_b);

struct Vp9Stream {
  uint8_t profile = 0;
  uint8_t bit_depth = 8;
  uint8_t chroma_subsampling = 1;  ///< 0 and 1: 4:2:0, 2: 4:2:2, 3: 4:4:4.
  uint32_t width = 0;
  uint32_t height = 0;
  uint32_t frame_rate = 30;  ///< Frames per second, rounded up.
  Colour colour;
};

/// vpcC ("VP Codec ISO Media File Format Binding", 1.0), its level the lowest whose picture size
/// and luma rate cover the stream.
std::vector<std::byte> vp9_decoder_config(const Vp9Stream& stream);

/// av1C ("AV1 Codec ISO Media File Format Binding", 2.3.3) around the sequence header OBU, found
/// among the OBUs given. kMalformed without one.
core::Result<std::vector<std::byte>> av1_decoder_config(std::span<const std::byte> obus);

/// dOps ("Encapsulation of Opus in ISO BMFF", 4.3.2) from an OpusHead packet. kMalformed if it is
/// cut off; kUnsupported for channel mappings other than mono and stereo.
core::Result<std::vector<std::byte>> opus_decoder_config(std::span<const std::byte> opus_head);

}  // namespace millrace::media::fmp4
