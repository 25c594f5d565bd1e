#include "media/flv/audio_tag.h"

#include "media/flv/ex_header.h"
#include "media/fmp4/box_writer.h"

namespace millrace::media::flv {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using fmp4::ByteReader;
using fmp4::four_cc;

constexpr uint8_t kFormatMp3 = 2;
constexpr uint8_t kFormatEnhanced = 9;
constexpr uint8_t kFormatAac = 10;
constexpr uint8_t kFormatMp3At8kHz = 14;

// The packet types of enhanced RTMP. The first two are those of AAC, too.
constexpr uint8_t kSequenceStart = 0;
constexpr uint8_t kCodedFrames = 1;
constexpr uint8_t kSequenceEnd = 2;
constexpr uint8_t kMultichannelConfig = 4;
constexpr uint8_t kMultitrack = 5;

AudioCodec codec_of(uint32_t fourcc) noexcept {
  switch (fourcc) {
    case four_cc("mp4a"):
      return AudioCodec::kAac;
    case four_cc(".mp3"):
      return AudioCodec::kMp3;
    case four_cc("Opus"):
      return AudioCodec::kOpus;
    case four_cc("fLaC"):
      return AudioCodec::kFlac;
    case four_cc("ac-3"):
      return AudioCodec::kAc3;
    case four_cc("ec-3"):
      return AudioCodec::kEac3;
    default:
      return AudioCodec::kUnknown;
  }
}

PacketKind kind_of(uint8_t packet_type) noexcept {
  switch (packet_type) {
    case kSequenceStart:
      return PacketKind::kConfig;
    case kCodedFrames:
      return PacketKind::kFrame;
    case kSequenceEnd:
      return PacketKind::kEnd;
    case kMultichannelConfig:
      return PacketKind::kMetadata;
    default:
      return PacketKind::kIgnored;
  }
}

void ignore_if_empty(AudioPacket& packet) noexcept {
  const bool needs_payload =
      packet.kind == PacketKind::kConfig || packet.kind == PacketKind::kFrame;
  if (needs_payload && packet.payload.empty()) packet.kind = PacketKind::kIgnored;
}

// format u4, rate u2, size u1, channels u1 | packet_type u8, with AAC | payload
Result<AudioPacket> parse_flash(ByteReader& reader, uint8_t format) noexcept {
  AudioPacket packet;
  packet.kind = PacketKind::kFrame;
  if (format == kFormatMp3 || format == kFormatMp3At8kHz) packet.codec = AudioCodec::kMp3;
  if (format == kFormatAac) {
    packet.codec = AudioCodec::kAac;
    const uint8_t packet_type = reader.u8();
    if (!reader.ok()) return fail(ErrorCode::kMalformed, "flv: audio header");
    packet.kind = packet_type <= kCodedFrames ? kind_of(packet_type) : PacketKind::kIgnored;
  }
  packet.payload = reader.rest();
  ignore_if_empty(packet);
  return packet;
}

// 9 u4, packet_type u4 | extensions and track | payload
Result<AudioPacket> parse_enhanced(ByteReader& reader, uint8_t packet_type) noexcept {
  AudioPacket packet;
  ExHeader header;
  header.packet_type = skip_extensions(reader, packet_type, header);
  packet.timestamp_offset_ns = header.timestamp_offset_ns;
  if (const Result<> read = read_track(reader, {.multitrack_type = kMultitrack}, header); !read) {
    return std::unexpected(read.error());
  }
  if (!header.has_track) return packet;
  packet.codec = codec_of(header.four_cc);
  packet.kind = kind_of(header.packet_type);
  packet.payload = header.body;
  ignore_if_empty(packet);
  return packet;
}

}  // namespace

Result<AudioPacket> parse_audio(std::span<const std::byte> body) noexcept {
  if (body.empty()) return fail(ErrorCode::kMalformed, "flv: empty audio tag");
  ByteReader reader(body);
  const uint8_t first = reader.u8();
  const uint8_t format = first >> 4;
  if (format == kFormatEnhanced) return parse_enhanced(reader, first & 0x0F);
  return parse_flash(reader, format);
}

}  // namespace millrace::media::flv
