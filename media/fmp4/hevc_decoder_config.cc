#include <algorithm>
#include <array>

#include "media/fmp4/bit_reader.h"
#include "media/fmp4/box_writer.h"
#include "media/fmp4/decoder_config.h"
#include "media/fmp4/nal_units.h"

namespace millrace::media::fmp4 {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr std::array<uint8_t, 3> kSetTypes{32, 33, 34};  // VPS, SPS, PPS
constexpr size_t kProfileTierLevelSize = 12;
constexpr uint32_t kSubLayersMax = 7;

uint8_t type_of(NalUnit unit) { return std::to_integer<uint8_t>(unit[0]) >> 1 & 0x3F; }

/// What of an SPS goes into hvcC (ITU-T H.265, 7.3.2.2).
struct SequenceFormat {
  std::array<uint8_t, kProfileTierLevelSize> profile_tier_level{};
  uint32_t sub_layers = 1;
  bool nested = false;
  uint32_t chroma_format = 1;
  uint32_t luma_depth = 8;
  uint32_t chroma_depth = 8;
};

// profile_tier_level() behind its general part: two flags a sub-layer, and what they announce.
void skip_sub_layers(BitReader& r, uint32_t sub_layers) {
  std::array<bool, kSubLayersMax> profile{};
  std::array<bool, kSubLayersMax> level{};
  for (uint32_t i = 0; i + 1 < sub_layers; ++i) {
    profile[i] = r.flag();
    level[i] = r.flag();
  }
  if (sub_layers > 1) r.skip(2 * (9 - sub_layers));
  for (uint32_t i = 0; i + 1 < sub_layers; ++i) {
    if (profile[i]) r.skip(88);
    if (level[i]) r.skip(8);
  }
}

Result<SequenceFormat> parse_sps(NalUnit sps) {
  const auto plain = without_emulation_prevention(sps);
  BitReader r(plain);
  SequenceFormat format;
  r.skip(16 + 4);  // NAL header, VPS id
  format.sub_layers = r.bits(3) + 1;
  format.nested = r.flag();
  for (uint8_t& byte : format.profile_tier_level) byte = static_cast<uint8_t>(r.bits(8));
  if (format.sub_layers > kSubLayersMax) return fail(ErrorCode::kMalformed, "SPS of 8 sub-layers");
  skip_sub_layers(r, format.sub_layers);
  exp_golomb(r);  // SPS id
  format.chroma_format = exp_golomb(r);
  if (format.chroma_format == 3) r.skip(1);
  exp_golomb(r);  // width
  exp_golomb(r);  // height
  if (r.flag()) {
    for (int side = 0; side < 4; ++side) exp_golomb(r);
  }
  format.luma_depth = exp_golomb(r) + 8;
  format.chroma_depth = exp_golomb(r) + 8;
  if (!r.ok() || format.chroma_format > 3 || format.luma_depth > 15 || format.chroma_depth > 15) {
    return fail(ErrorCode::kMalformed, "SPS with an impossible format");
  }
  return format;
}

}  // namespace

// hvcC: version u8 = 1 | profile_tier_level 12 | 1111, min_spatial_segmentation u12 |
//   111111, parallelismType u2 | 111111, chromaFormat u2 | 11111, bitDepthLuma-8 u3 |
//   11111, bitDepthChroma-8 u3 | avgFrameRate u16 | constantFrameRate u2, numTemporalLayers u3,
//   temporalIdNested u1, lengthSize-1 u2 | numOfArrays u8 |
//   { completeness u1, 0, type u6 | count u16 | { size u16 | unit } }
Result<std::vector<std::byte>> hevc_decoder_config(std::span<const std::byte> annex_b) {
  std::array<std::vector<NalUnit>, kSetTypes.size()> sets;
  for (const NalUnit unit : split_annex_b(annex_b)) {
    const auto type = std::ranges::find(kSetTypes, type_of(unit));
    if (type == kSetTypes.end() || unit.size() < 3 || unit.size() > UINT16_MAX) continue;
    sets[static_cast<size_t>(type - kSetTypes.begin())].push_back(unit);
  }
  for (const auto& of_type : sets) {
    if (of_type.empty() || of_type.size() > 255) {
      return fail(ErrorCode::kMalformed, "stream without usable VPS, SPS and PPS");
    }
  }
  const auto format = parse_sps(sets[1].front());
  if (!format) return std::unexpected(format.error());
  std::vector<std::byte> config;
  BoxWriter w(config);
  w.u8(1);
  w.bytes(std::as_bytes(std::span(format->profile_tier_level)));
  w.u16(0xF000);
  w.u8(0xFC);
  w.u8(static_cast<uint8_t>(0xFC | format->chroma_format));
  w.u8(static_cast<uint8_t>(0xF8 | (format->luma_depth - 8)));
  w.u8(static_cast<uint8_t>(0xF8 | (format->chroma_depth - 8)));
  w.u16(0);
  w.u8(static_cast<uint8_t>(format->sub_layers << 3 | (format->nested ? 4 : 0) | 3));
  w.u8(static_cast<uint8_t>(sets.size()));
  for (size_t i = 0; i < sets.size(); ++i) {
    w.u8(static_cast<uint8_t>(0x80 | kSetTypes[i]));
    w.u16(static_cast<uint16_t>(sets[i].size()));
    for (const NalUnit unit : sets[i]) {
      w.u16(static_cast<uint16_t>(unit.size()));
      w.bytes(unit);
    }
  }
  return config;
}

}  // namespace millrace::media::fmp4
