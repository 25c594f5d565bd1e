#include "media/fmp4/decoder_config.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "media/fmp4/bit_reader.h"
#include "media/fmp4/box_reader.h"
#include "media/fmp4/box_writer.h"
#include "media/fmp4/nal_units.h"

namespace millrace::media::fmp4 {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using Bytes = std::span<const std::byte>;

// The four bytes that profiles from High upwards append to avcC.
Result<> append_avc_extension(BoxWriter& w, Bytes sps) {
  const auto plain = without_emulation_prevention(sps);
  BitReader r(plain);
  r.skip(32);  // NAL header, profile, compatibility, level
  exp_golomb(r);
  const uint32_t chroma_format = exp_golomb(r);
  if (chroma_format == 3) r.skip(1);
  const uint32_t luma_depth = exp_golomb(r);
  const uint32_t chroma_depth = exp_golomb(r);
  if (!r.ok() || chroma_format > 3 || luma_depth > 6 || chroma_depth > 6) {
    return fail(ErrorCode::kMalformed, "SPS with an impossible format");
  }
  w.u8(static_cast<uint8_t>(0xFC | chroma_format));
  w.u8(static_cast<uint8_t>(0xF8 | luma_depth));
  w.u8(static_cast<uint8_t>(0xF8 | chroma_depth));
  w.u8(0);
  return {};
}

bool has_avc_extension(uint8_t profile) {
  constexpr std::array<uint8_t, 4> kWithout{66, 77, 88, 44};
  return std::ranges::find(kWithout, profile) == kWithout.end();
}

void append_parameter_sets(BoxWriter& w, const std::vector<Bytes>& sets) {
  for (const Bytes set : sets) {
    w.u16(static_cast<uint16_t>(set.size()));
    w.bytes(set);
  }
}

struct Vp9Level {
  uint8_t level;  ///< Times ten.
  uint64_t luma_rate;
  uint32_t luma_size;
};

// VP9 Levels, "VP9 Bitstream & Decoding Process Specification", annex A.
constexpr std::array<Vp9Level, 14> kVp9Levels{{
    {10, 829'440, 36'864},
    {11, 2'764'800, 73'728},
    {20, 4'608'000, 122'880},
    {21, 9'216'000, 245'760},
    {30, 20'736'000, 552'960},
    {31, 36'864'000, 983'040},
    {40, 83'558'400, 2'228'224},
    {41, 160'432'128, 2'228'224},
    {50, 311'951'360, 8'912'896},
    {51, 588'251'136, 8'912'896},
    {52, 1'176'502'272, 8'912'896},
    {60, 1'176'502'272, 35'651'584},
    {61, 2'353'004'544, 35'651'584},
    {62, 4'706'009'088, 35'651'584},
}};

}  // namespace

Result<std::vector<std::byte>> avc_decoder_config(Bytes annex_b) {
  std::vector<Bytes> sps, pps;
  for (const Bytes unit : split_annex_b(annex_b)) {
    const auto type = std::to_integer<unsigned>(unit[0]) & 0x1F;
    if (type == 7 && unit.size() >= 4) sps.push_back(unit);
    if (type == 8) pps.push_back(unit);
  }
  const auto too_long = [](Bytes set) { return set.size() > UINT16_MAX; };
  if (sps.empty() || pps.empty() || sps.size() > 31 || pps.size() > 255 ||
      std::ranges::any_of(sps, too_long) || std::ranges::any_of(pps, too_long)) {
    return fail(ErrorCode::kMalformed, "stream without usable SPS and PPS");
  }
  std::vector<std::byte> config;
  BoxWriter w(config);
  w.u8(1);
  w.bytes(sps[0].subspan(1, 3));
  w.u8(0xFF);  // NAL lengths of four bytes
  w.u8(static_cast<uint8_t>(0xE0 | sps.size()));
  append_parameter_sets(w, sps);
  w.u8(static_cast<uint8_t>(pps.size()));
  append_parameter_sets(w, pps);
  if (has_avc_extension(std::to_integer<uint8_t>(sps[0][1]))) {
    if (const auto appended = append_avc_extension(w, sps[0]); !appended) {
      return std::unexpected(appended.error());
    }
  }
  return config;
}

std::vector<std::byte> vp9_decoder_config(const Vp9Stream& stream) {
  const uint64_t luma_size = uint64_t{stream.width} * stream.height;
  const uint64_t luma_rate = luma_size * stream.frame_rate;
  const auto level = std::ranges::find_if(kVp9Levels, [&](const Vp9Level& each) {
    return luma_size <= each.luma_size && luma_rate <= each.luma_rate;
  });
  std::vector<std::byte> config;
  BoxWriter w(config);
  w.u8(1);
  w.u24(0);
  w.u8(stream.profile);
  w.u8(level == kVp9Levels.end() ? kVp9Levels.back().level : level->level);
  w.u8(static_cast<uint8_t>(stream.bit_depth << 4 | stream.chroma_subsampling << 1 |
                            (stream.colour.full_range ? 1 : 0)));
  w.u8(stream.colour.primaries);
  w.u8(stream.colour.transfer);
  w.u8(stream.colour.matrix);
  w.u16(0);  // codecInitializationDataSize
  return config;
}

// OpusHead, little-endian: "OpusHead" | version u8 | channels u8 | pre-skip u16 | rate u32 |
//                          gain i16 | mapping family u8
// dOps, big-endian:        version u8 = 0 | channels u8 | pre-skip u16 | rate u32 | gain | family
Result<std::vector<std::byte>> opus_decoder_config(Bytes opus_head) {
  constexpr std::string_view kMagic = "OpusHead";
  ByteReader r(opus_head);
  const auto magic = r.take(kMagic.size());
  r.skip(1);
  const uint8_t channels = r.u8();
  std::array<Bytes, 3> numbers{r.take(2), r.take(4), r.take(2)};
  const uint8_t family = r.u8();
  if (!r.ok() || !std::ranges::equal(magic, std::as_bytes(std::span(kMagic)))) {
    return fail(ErrorCode::kMalformed, "OpusHead is cut off");
  }
  if (family != 0 || channels == 0 || channels > 2) {
    return fail(ErrorCode::kUnsupported, "Opus of more than two channels");
  }
  std::vector<std::byte> config;
  BoxWriter w(config);
  w.u8(0);
  w.u8(channels);
  for (const Bytes number : numbers) config.insert(config.end(), number.rbegin(), number.rend());
  w.u8(0);
  return config;
}

}  // namespace millrace::media::fmp4
