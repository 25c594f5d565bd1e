#include "media/flv/video_tag.h"

#include "media/flv/ex_header.h"
#include "media/fmp4/box_writer.h"

namespace millrace::media::flv {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using fmp4::ByteReader;
using fmp4::four_cc;

constexpr uint8_t kFrameTypeKey = 1;
constexpr uint8_t kFrameTypeCommand = 5;

constexpr uint8_t kCodecIdAvc = 7;
constexpr uint8_t kCodecIdHevc = 12;

// The packet types of enhanced RTMP. The first three are those of AVC, too.
constexpr uint8_t kSequenceStart = 0;
constexpr uint8_t kCodedFrames = 1;
constexpr uint8_t kSequenceEnd = 2;
constexpr uint8_t kCodedFramesX = 3;  // As kCodedFrames, with a composition offset of 0.
constexpr uint8_t kMetadata = 4;
constexpr uint8_t kMultitrack = 6;

VideoCodec codec_of(uint32_t fourcc) noexcept {
  switch (fourcc) {
    case four_cc("avc1"):
      return VideoCodec::kH264;
    case four_cc("hvc1"):
      return VideoCodec::kHevc;
    case four_cc("av01"):
      return VideoCodec::kAv1;
    case four_cc("vp08"):
      return VideoCodec::kVp8;
    case four_cc("vp09"):
      return VideoCodec::kVp9;
    default:
      return VideoCodec::kUnknown;
  }
}

PacketKind kind_of(uint8_t packet_type) noexcept {
  switch (packet_type) {
    case kSequenceStart:
      return PacketKind::kConfig;
    case kCodedFrames:
    case kCodedFramesX:
      return PacketKind::kFrame;
    case kSequenceEnd:
      return PacketKind::kEnd;
    case kMetadata:
      return PacketKind::kMetadata;
    default:
      return PacketKind::kIgnored;
  }
}

int32_t sign_extended(uint32_t value24) noexcept { return static_cast<int32_t>(value24 << 8) >> 8; }

// Some encoders send tags without a picture in them to keep a connection alive.
void ignore_if_empty(VideoPacket& packet) noexcept {
  const bool needs_payload =
      packet.kind == PacketKind::kConfig || packet.kind == PacketKind::kFrame;
  if (needs_payload && packet.payload.empty()) packet.kind = PacketKind::kIgnored;
}

// frame_type u4, codec_id u4 | packet_type u8 | composition_time i24be | payload
Result<VideoPacket> parse_flash(ByteReader& reader, uint8_t first) noexcept {
  VideoPacket packet;
  const uint8_t codec_id = first & 0x0F;
  const uint8_t frame_type = first >> 4;
  if (frame_type == kFrameTypeCommand) return packet;
  if (codec_id != kCodecIdAvc && codec_id != kCodecIdHevc) {
    packet.kind = PacketKind::kFrame;
    packet.is_key_frame = frame_type == kFrameTypeKey;
    packet.payload = reader.rest();
    ignore_if_empty(packet);
    return packet;
  }
  packet.codec = codec_id == kCodecIdAvc ? VideoCodec::kH264 : VideoCodec::kHevc;
  const uint8_t packet_type = reader.u8();
  const int32_t composition_offset_ms = sign_extended(reader.u24());
  if (!reader.ok()) return fail(ErrorCode::kMalformed, "flv: video header");
  packet.kind = packet_type <= kSequenceEnd ? kind_of(packet_type) : PacketKind::kIgnored;
  packet.payload = reader.rest();
  if (packet.kind == PacketKind::kFrame) {
    packet.is_key_frame = frame_type == kFrameTypeKey;
    packet.composition_offset_ms = composition_offset_ms;
  }
  ignore_if_empty(packet);
  return packet;
}

// 1 u1, frame_type u3, packet_type u4 | extensions and track | composition_time i24be, with
// CodedFrames of avc1 and hvc1 | payload
Result<VideoPacket> parse_enhanced(ByteReader& reader, uint8_t first) noexcept {
  VideoPacket packet;
  const uint8_t frame_type = (first >> 4) & 0x07;
  ExHeader header;
  header.packet_type = skip_extensions(reader, first & 0x0F, header);
  packet.timestamp_offset_ns = header.timestamp_offset_ns;
  if (frame_type == kFrameTypeCommand && header.packet_type != kMetadata) return packet;
  if (const Result<> read = read_track(reader, {.multitrack_type = kMultitrack}, header); !read) {
    return std::unexpected(read.error());
  }
  if (!header.has_track) return packet;
  packet.codec = codec_of(header.four_cc);
  packet.kind = kind_of(header.packet_type);
  packet.is_key_frame = packet.kind == PacketKind::kFrame && frame_type == kFrameTypeKey;
  ByteReader body(header.body);
  const bool is_reordered = packet.codec == VideoCodec::kH264 || packet.codec == VideoCodec::kHevc;
  if (header.packet_type == kCodedFrames && is_reordered) {
    packet.composition_offset_ms = sign_extended(body.u24());
    if (!body.ok()) return fail(ErrorCode::kMalformed, "flv: composition time");
  }
  packet.payload = body.rest();
  ignore_if_empty(packet);
  return packet;
}

}  // namespace

Result<VideoPacket> parse_video(std::span<const std::byte> body) noexcept {
  if (body.empty()) return fail(ErrorCode::kMalformed, "flv: empty video tag");
  ByteReader reader(body);
  const uint8_t first = reader.u8();
  const bool is_enhanced = (first & 0x80) != 0;
  return is_enhanced ? parse_enhanced(reader, first) : parse_flash(reader, first);
}

}  // namespace millrace::media::flv
