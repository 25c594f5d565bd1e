// The header that enhanced RTMP gives audio and video alike: extensions, tracks, a codec's FourCC.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"
#include "media/fmp4/box_reader.h"

namespace millrace::media::flv {

/// What is the same number in both kinds of tag.
inline constexpr uint8_t kPacketModEx = 7;

/// Which packet type means "several tracks": they differ.
struct ExHeaderForm {
  uint8_t multitrack_type;
};

struct ExHeader {
  uint8_t packet_type = 0;
  uint32_t four_cc = 0;
  uint32_t timestamp_offset_ns = 0;
  bool has_track = true;            ///< False: the tag holds no track 0; nothing else counts then.
  std::span<const std::byte> body;  ///< Of track 0.
};

/// Takes the extensions (`ModEx`) off `reader`, which stands behind a packet type of `packet_type`;
/// yields the type that they enclose. Their nanoseconds go into `header`.
///
/// ModEx: size-1 u8 | (size-1 u16be, when that u8 is 255) | data | mod_ex_type u4, packet_type u4
uint8_t skip_extensions(fmp4::ByteReader& reader, uint8_t packet_type, ExHeader& header) noexcept;

/// The rest of the header, down to the body of track 0. `header.packet_type` is not ModEx.
/// Errors: kMalformed.
///
/// one codec:  four_cc u32be | body
/// multitrack: track_type u4, packet_type u4 | four_cc u32be, unless track_type is 2
///             then for each track: four_cc u32be, if track_type is 2 | track_id u8
///             | size u24be, unless track_type is 0 | body
core::Result<> read_track(fmp4::ByteReader& reader, ExHeaderForm form, ExHeader& header) noexcept;

}  // namespace millrace::media::flv
