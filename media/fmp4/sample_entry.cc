#include "media/fmp4/sample_entry.h"

#include <algorithm>
#include <array>
#include <optional>

namespace millrace::media::fmp4 {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

struct EntryType {
  Codec codec;
  uint32_t entry;
  uint32_t config;
};

constexpr std::array<EntryType, 6> kEntryTypes{{
    {Codec::kH264, four_cc("avc1"), four_cc("avcC")},
    {Codec::kHevc, four_cc("hvc1"), four_cc("hvcC")},
    {Codec::kVp9, four_cc("vp09"), four_cc("vpcC")},
    {Codec::kAv1, four_cc("av01"), four_cc("av1C")},
    {Codec::kAac, four_cc("mp4a"), four_cc("esds")},
    {Codec::kOpus, four_cc("Opus"), four_cc("dOps")},
}};

const EntryType& type_of(Codec codec) {
  return *std::ranges::find(kEntryTypes, codec, &EntryType::codec);
}

// Descriptor tags of ISO/IEC 14496-1, 7.2.2.1.
constexpr uint8_t kEsDescriptor = 3;
constexpr uint8_t kDecoderConfigDescriptor = 4;
constexpr uint8_t kDecoderSpecific = 5;
constexpr uint8_t kSyncLayerConfig = 6;
constexpr uint8_t kObjectTypeAac = 0x40;
constexpr uint8_t kAudioStream = 5 << 2 | 1;

// Sizes are four bytes of seven bits, as every writer in the field does.
void append_descriptor_head(BoxWriter& w, uint8_t tag, size_t size) {
  w.u8(tag);
  for (int shift = 21; shift >= 0; shift -= 7) {
    w.u8(static_cast<uint8_t>((size >> shift & 0x7F) | (shift > 0 ? 0x80 : 0)));
  }
}

// esds: version+flags | ES_Descriptor { ES_ID u16, flags u8,
//   DecoderConfigDescriptor { objectType u8, streamType u8, buffer u24, max u32, average u32,
//     DecoderSpecificInfo { AudioSpecificConfig } }, SLConfigDescriptor { predefined u8 } }
void append_esds(BoxWriter& w, std::span<const std::byte> audio_specific_config) {
  constexpr size_t kHead = 5;
  const size_t decoder_config_size = 13 + kHead + audio_specific_config.size();
  const auto esds = w.full_box(four_cc("esds"), 0, 0);
  append_descriptor_head(w, kEsDescriptor, 3 + kHead + decoder_config_size + kHead + 1);
  w.u16(0);  // ES_ID: 0 in a file (ISO/IEC 14496-14, 4.1.2).
  w.u8(0);
  append_descriptor_head(w, kDecoderConfigDescriptor, decoder_config_size);
  w.u8(kObjectTypeAac);
  w.u8(kAudioStream);
  w.u24(0);
  w.u32(0);  // Bit rates: unknown here; the playlists carry measured ones.
  w.u32(0);
  append_descriptor_head(w, kDecoderSpecific, audio_specific_config.size());
  w.bytes(audio_specific_config);
  append_descriptor_head(w, kSyncLayerConfig, 1);
  w.u8(2);
}

void append_config(BoxWriter& w, const TrackFormat& format) {
  if (format.codec == Codec::kAac) {
    append_esds(w, format.decoder_config);
    return;
  }
  const auto config = w.box(type_of(format.codec).config);
  w.bytes(format.decoder_config);
}

// VisualSampleEntry: reserved 6, data_reference_index u16 | 16 bytes 0 | width u16 | height u16 |
//   72 dpi twice | u32 0 | frame_count u16 = 1 | compressorname 32 | depth u16 = 24 | i16 -1
void append_video_entry(BoxWriter& w, const TrackFormat& format) {
  const auto entry = w.box(type_of(format.codec).entry);
  w.zeros(6);
  w.u16(1);
  w.zeros(16);
  w.u16(static_cast<uint16_t>(format.width));
  w.u16(static_cast<uint16_t>(format.height));
  w.u32(0x0048'0000);
  w.u32(0x0048'0000);
  w.u32(0);
  w.u16(1);
  w.zeros(32);
  w.u16(24);
  w.u16(0xFFFF);
  append_config(w, format);
  if (format.colour != Colour{}) {
    // colr: 'nclx' | primaries u16 | transfer u16 | matrix u16 | full_range bit
    const auto colr = w.box(four_cc("colr"));
    w.u32(four_cc("nclx"));
    w.u16(format.colour.primaries);
    w.u16(format.colour.transfer);
    w.u16(format.colour.matrix);
    w.u8(format.colour.full_range ? 0x80 : 0);
  }
  const auto pasp = w.box(four_cc("pasp"));
  w.u32(format.sar_num);
  w.u32(format.sar_den);
}

// AudioSampleEntry: reserved 6, data_reference_index u16 | u64 0 | channels u16 | bits u16 = 16 |
//   u32 0 | sample rate 16.16
void append_audio_entry(BoxWriter& w, const TrackFormat& format) {
  const auto entry = w.box(type_of(format.codec).entry);
  w.zeros(6);
  w.u16(1);
  w.zeros(8);
  w.u16(static_cast<uint16_t>(format.channels));
  w.u16(16);
  w.u32(0);
  w.u32(format.sample_rate <= UINT16_MAX ? format.sample_rate << 16 : 0);
  append_config(w, format);
}

// Reads a descriptor's tag and size; the size is 1 to 4 bytes of seven bits.
Result<std::span<const std::byte>> take_descriptor(ByteReader& r, uint8_t tag) {
  if (r.u8() != tag) return fail(ErrorCode::kMalformed, "esds without an expected descriptor");
  size_t size = 0;
  for (int i = 0; i < 4; ++i) {
    const uint8_t byte = r.u8();
    size = size << 7 | (byte & 0x7Fu);
    if (!(byte & 0x80)) break;
  }
  const auto body = r.take(size);
  if (!r.ok()) return fail(ErrorCode::kMalformed, "esds is cut off");
  return body;
}

Result<> parse_esds(ByteReader r, TrackFormat& format) {
  read_full_box_header(r);
  const auto es = take_descriptor(r, kEsDescriptor);
  if (!es) return std::unexpected(es.error());
  ByteReader es_reader(*es);
  es_reader.skip(2);
  if (es_reader.u8() != 0) return fail(ErrorCode::kUnsupported, "esds with dependent streams");
  const auto decoder = take_descriptor(es_reader, kDecoderConfigDescriptor);
  if (!decoder) return std::unexpected(decoder.error());
  ByteReader decoder_reader(*decoder);
  if (decoder_reader.u8() != kObjectTypeAac) {
    return fail(ErrorCode::kUnsupported, "mp4a that is not AAC");
  }
  decoder_reader.skip(12);
  const auto config = take_descriptor(decoder_reader, kDecoderSpecific);
  if (!config) return std::unexpected(config.error());
  format.decoder_config.assign(config->begin(), config->end());
  return {};
}

void parse_colr(ByteReader r, TrackFormat& format) {
  if (r.u32() != four_cc("nclx")) return;
  Colour colour;
  colour.primaries = static_cast<uint8_t>(r.u16());
  colour.transfer = static_cast<uint8_t>(r.u16());
  colour.matrix = static_cast<uint8_t>(r.u16());
  colour.full_range = r.u8() & 0x80;
  if (r.ok()) format.colour = colour;
}

// The boxes behind the fixed part of an entry.
Result<> parse_entry_boxes(ByteReader r, const EntryType& type, TrackFormat& format) {
  while (!r.empty()) {
    const auto box = take_box(r);
    if (!box) return std::unexpected(box.error());
    if (box->type == type.config && format.codec == Codec::kAac) {
      if (const auto parsed = parse_esds(ByteReader(box->payload), format); !parsed) return parsed;
    } else if (box->type == type.config) {
      format.decoder_config.assign(box->payload.begin(), box->payload.end());
    } else if (box->type == four_cc("colr")) {
      parse_colr(ByteReader(box->payload), format);
    } else if (box->type == four_cc("pasp") && box->payload.size() == 8) {
      ByteReader pasp(box->payload);
      format.sar_num = pasp.u32();
      format.sar_den = pasp.u32();
    }
  }
  return {};
}

}  // namespace

void append_stsd(BoxWriter& w, const TrackFormat& format) {
  const auto stsd = w.full_box(four_cc("stsd"), 0, 0);
  w.u32(1);
  if (format.kind() == MediaKind::kVideo) {
    append_video_entry(w, format);
  } else {
    append_audio_entry(w, format);
  }
}

Result<> parse_stsd(ByteReader r, TrackFormat& format) {
  read_full_box_header(r);
  if (r.u32() != 1) return fail(ErrorCode::kUnsupported, "track without exactly one format");
  const auto entry = take_box(r);
  if (!entry) return std::unexpected(entry.error());
  const auto type = std::ranges::find(kEntryTypes, entry->type, &EntryType::entry);
  if (type == kEntryTypes.end()) return fail(ErrorCode::kUnsupported, "codec is not offered here");
  format.codec = type->codec;

  ByteReader body(entry->payload);
  body.skip(8);
  if (format.kind() == MediaKind::kVideo) {
    body.skip(16);
    format.width = body.u16();
    format.height = body.u16();
    body.skip(50);
  } else {
    body.skip(8);
    format.channels = body.u16();
    body.skip(6);
    format.sample_rate = body.u32() >> 16;
  }
  if (!body.ok()) return fail(ErrorCode::kMalformed, "sample entry is cut off");
  return parse_entry_boxes(body, *type, format);
}

}  // namespace millrace::media::fmp4
