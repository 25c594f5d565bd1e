#include "media/fmp4/bit_reader.h"
#include "media/fmp4/box_writer.h"
#include "media/fmp4/decoder_config.h"

namespace millrace::media::fmp4 {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

constexpr uint32_t kSequenceHeader = 1;

struct Av1Sequence {
  uint32_t profile = 0, level = 0, tier = 0;
  bool high_bit_depth = false, twelve_bit = false, monochrome = false;
  uint32_t subsampling_x = 1, subsampling_y = 1, chroma_position = 0;
};

struct DecoderModel {
  bool present = false;
  uint32_t buffer_delay_bits = 0;
};

// timing_info() and decoder_model_info(), AV1 specification 5.5.3 and 5.5.4.
DecoderModel read_timing(BitReader& r) {
  DecoderModel model;
  if (!r.flag()) return model;
  r.skip(64);
  if (r.flag()) {  // equal_picture_interval: uvlc()
    int zeros = 0;
    while (r.ok() && !r.flag()) ++zeros;
    r.skip(static_cast<size_t>(zeros));
  }
  model.present = r.flag();
  if (model.present) {
    model.buffer_delay_bits = r.bits(5) + 1;
    r.skip(32 + 5 + 5);
  }
  return model;
}

// Only operating point 0, the whole stream, names the level.
void read_operating_points(BitReader& r, Av1Sequence& sequence) {
  const DecoderModel model = read_timing(r);
  const bool display_delay = r.flag();
  const uint32_t count = r.bits(5) + 1;
  for (uint32_t i = 0; i < count; ++i) {
    r.skip(12);
    const uint32_t level = r.bits(5);
    const uint32_t tier = level > 7 ? r.bits(1) : 0;
    if (model.present && r.flag()) r.skip(2 * model.buffer_delay_bits + 1);
    if (display_delay && r.flag()) r.skip(4);
    if (i == 0) sequence.level = level;
    if (i == 0) sequence.tier = tier;
  }
}

void skip_tools(BitReader& r, bool reduced) {
  const uint32_t width_bits = r.bits(4) + 1;
  const uint32_t height_bits = r.bits(4) + 1;
  r.skip(width_bits + height_bits);
  if (!reduced && r.flag()) r.skip(7);  // frame ids
  r.skip(3);                            // 128x128 superblocks, filter intra, intra edge filter
  if (!reduced) {
    r.skip(4);  // inter-intra, masked, warped, dual filter
    const bool order_hint = r.flag();
    if (order_hint) r.skip(2);
    const bool choose_screen_content = r.flag();
    if (choose_screen_content || r.flag()) {
      if (!r.flag()) r.skip(1);  // integer motion vectors: chosen per frame, or forced
    }
    if (order_hint) r.skip(3);
  }
  r.skip(3);  // superres, cdef, restoration
}

// color_config(), 5.5.2.
void read_colour(BitReader& r, Av1Sequence& sequence) {
  sequence.high_bit_depth = r.flag();
  if (sequence.profile == 2 && sequence.high_bit_depth) sequence.twelve_bit = r.flag();
  sequence.monochrome = sequence.profile != 1 && r.flag();
  uint32_t description = 0x02'02'02;
  if (r.flag()) description = r.bits(24);
  if (sequence.monochrome) return;
  constexpr uint32_t kSrgbIdentity = 0x01'0D'00;
  if (description == kSrgbIdentity) {
    sequence.subsampling_x = sequence.subsampling_y = 0;
    return;
  }
  r.skip(1);  // colour range
  if (sequence.profile == 1) sequence.subsampling_x = sequence.subsampling_y = 0;
  if (sequence.profile == 2) {
    sequence.subsampling_x = sequence.twelve_bit ? r.bits(1) : 1;
    sequence.subsampling_y = sequence.twelve_bit && sequence.subsampling_x ? r.bits(1) : 0;
  }
  if (sequence.subsampling_x && sequence.subsampling_y) sequence.chroma_position = r.bits(2);
}

Result<Av1Sequence> parse_sequence_header(std::span<const std::byte> payload) {
  BitReader r(payload);
  Av1Sequence sequence;
  sequence.profile = r.bits(3);
  r.skip(1);
  const bool reduced = r.flag();
  if (reduced) {
    sequence.level = r.bits(5);
  } else {
    read_operating_points(r, sequence);
  }
  skip_tools(r, reduced);
  read_colour(r, sequence);
  if (!r.ok()) return fail(ErrorCode::kMalformed, "sequence header is cut off");
  return sequence;
}

struct Obu {
  uint32_t type = 0;
  std::span<const std::byte> whole, payload;
};

// obu_header() with a size (5.3.2): forbidden 1, type 4, extension 1, has_size 1, reserved 1 |
// [extension u8] | size leb128
Result<Obu> take_obu(std::span<const std::byte>& rest) {
  const auto first = std::to_integer<unsigned>(rest[0]);
  size_t at = first & 4 ? 2 : 1;
  uint64_t size = 0;
  for (int shift = 0; first & 2; shift += 7) {
    if (at >= rest.size() || shift > 28) return fail(ErrorCode::kMalformed, "OBU is cut off");
    const auto byte = std::to_integer<uint64_t>(rest[at++]);
    size |= (byte & 0x7F) << shift;
    if (!(byte & 0x80)) break;
  }
  if (at > rest.size()) return fail(ErrorCode::kMalformed, "OBU is cut off");
  if (!(first & 2)) size = rest.size() - at;
  if (size > rest.size() - at) return fail(ErrorCode::kMalformed, "OBU is cut off");
  const Obu obu{.type = first >> 3 & 0xF,
                .whole = rest.first(at + static_cast<size_t>(size)),
                .payload = rest.subspan(at, static_cast<size_t>(size))};
  rest = rest.subspan(obu.whole.size());
  return obu;
}

// av1C: marker 1 = 1, version 7 = 1 | profile 3, level 5 | tier 1, high bit depth 1, twelve bit 1,
//       monochrome 1, subsampling x 1, y 1, chroma position 2 | 0 | OBUs
std::vector<std::byte> av1c_of(const Av1Sequence& sequence, std::span<const std::byte> obu) {
  std::vector<std::byte> config;
  BoxWriter w(config);
  w.u8(0x81);
  w.u8(static_cast<uint8_t>(sequence.profile << 5 | sequence.level));
  w.u8(static_cast<uint8_t>(sequence.tier << 7 | (sequence.high_bit_depth ? 0x40 : 0) |
                            (sequence.twelve_bit ? 0x20 : 0) | (sequence.monochrome ? 0x10 : 0) |
                            sequence.subsampling_x << 3 | sequence.subsampling_y << 2 |
                            sequence.chroma_position));
  w.u8(0);
  w.bytes(obu);
  return config;
}

}  // namespace

Result<std::vector<std::byte>> av1_decoder_config(std::span<const std::byte> obus) {
  while (!obus.empty()) {
    const auto obu = take_obu(obus);
    if (!obu) return std::unexpected(obu.error());
    if (obu->type != kSequenceHeader) continue;
    const auto sequence = parse_sequence_header(obu->payload);
    if (!sequence) return std::unexpected(sequence.error());
    return av1c_of(*sequence, obu->whole);
  }
  return fail(ErrorCode::kMalformed, "stream without a sequence header");
}

}  // namespace millrace::media::fmp4
