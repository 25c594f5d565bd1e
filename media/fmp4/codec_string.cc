#include "media/fmp4/codec_string.h"

#include <bit>
#include <optional>

#include <fmt/format.h>

#include "media/fmp4/audio_specific_config.h"
#include "media/fmp4/box_reader.h"

namespace millrace::media::fmp4 {
namespace {

// avcC: version u8 | profile u8 | compatibility u8 | level u8 | length size u8 | SPS count u8 |
//       { SPS size u16, NAL header u8, profile u8, compatibility u8, level u8, … }
// The three bytes are the SPS's own: the copies in front are what a careless muxer gets wrong.
std::string avc_codec(ByteReader r) {
  r.skip(5);
  const unsigned sps_count = r.u8() & 0x1F;
  if (sps_count == 0) return {};
  ByteReader sps(r.take(r.u16()));
  sps.skip(1);
  const uint32_t profile_to_level = sps.u24();
  return r.ok() && sps.ok() ? fmt::format("avc1.{:06x}", profile_to_level) : std::string();
}

uint32_t reverse_bits(uint32_t value) {
  uint32_t reversed = 0;
  for (int i = 0; i < 32; ++i) reversed |= (value >> i & 1u) << (31 - i);
  return reversed;
}

// hvcC: version u8 | profile_space 2, tier 1, profile 5 | compatibility u32 | constraints 6 bytes |
//       level u8 | …; the string is defined in ISO/IEC 14496-15, E.3.
std::string hevc_codec(ByteReader r) {
  r.skip(1);
  const uint8_t profile = r.u8();
  const uint32_t compatibility = r.u32();
  const auto constraints = r.take(6);
  const uint8_t level = r.u8();
  if (!r.ok()) return {};
  constexpr std::string_view kSpaces[] = {"", "A", "B", "C"};
  std::string codec = fmt::format("hvc1.{}{}.{:X}.{}{}", kSpaces[profile >> 6], profile & 0x1F,
                                  reverse_bits(compatibility), profile & 0x20 ? 'H' : 'L', level);
  size_t used = constraints.size();
  while (used > 0 && constraints[used - 1] == std::byte{0}) --used;
  for (const std::byte b : constraints.first(used)) {
    codec += fmt::format(".{:X}", std::to_integer<unsigned>(b));
  }
  return codec;
}

// vpcC: version u8, flags u24 | profile u8 | level u8 | bit depth 4, subsampling 3, full range 1 |
//       primaries u8 | transfer u8 | matrix u8 | …
std::string vp9_codec(ByteReader r) {
  r.skip(4);
  const uint8_t profile = r.u8();
  const uint8_t level = r.u8();
  const uint8_t depth = r.u8() >> 4;
  return r.ok() ? fmt::format("vp09.{:02}.{:02}.{:02}", profile, level, depth) : std::string();
}

// av1C: marker 1, version 7 | profile 3, level 5 | tier 1, high bit depth 1, twelve bit 1, … | …
std::string av1_codec(ByteReader r) {
  r.skip(1);
  const uint8_t profile_and_level = r.u8();
  const uint8_t bits = r.u8();
  if (!r.ok()) return {};
  const int depth = bits & 0x40 ? (bits & 0x20 ? 12 : 10) : 8;
  return fmt::format("av01.{}.{:02}{}.{:02}", profile_and_level >> 5, profile_and_level & 0x1F,
                     bits & 0x80 ? 'H' : 'M', depth);
}

}  // namespace

std::string rfc6381_codec(const TrackFormat& format) {
  const ByteReader config(format.decoder_config);
  switch (format.codec) {
    case Codec::kH264:
      return avc_codec(config);
    case Codec::kHevc:
      return hevc_codec(config);
    case Codec::kVp9:
      return vp9_codec(config);
    case Codec::kAv1:
      return av1_codec(config);
    case Codec::kAac: {
      const auto object_type = aac_object_type(format.decoder_config);
      return object_type ? fmt::format("mp4a.40.{}", *object_type) : std::string();
    }
    case Codec::kOpus:
      return "opus";
  }
  return {};
}

}  // namespace millrace::media::fmp4
