// The body of a video tag, as Flash had it and as enhanced RTMP has it. Bytes in, values out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"
#include "media/flv/packet_kind.h"

namespace millrace::media::flv {

enum class VideoCodec : uint8_t { kH264, kHevc, kAv1, kVp8, kVp9, kUnknown };

struct VideoPacket {
  VideoCodec codec = VideoCodec::kUnknown;
  PacketKind kind = PacketKind::kIgnored;
  bool is_key_frame = false;  ///< As the sender says; of a kFrame.
  /// Presentation time minus decode time, may be negative. H.264 and HEVC only, 0 with the others.
  int32_t composition_offset_ms = 0;
  /// To be added to the tag's timestamp: 0 … 999,999.
  uint32_t timestamp_offset_ns = 0;
  /// Borrowed from the tag. Never empty with kConfig and kFrame.
  /// kConfig: AVCDecoderConfigurationRecord, HEVCDecoderConfigurationRecord,
  /// AV1CodecConfigurationRecord, VPCodecConfigurationRecord (with its version and flags): what an
  /// avcC, hvcC, av1C, vpcC box holds.
  /// kFrame: NAL units with their length in front (its size is in the configuration); OBUs of one
  /// temporal unit; a VP8 or VP9 frame.
  std::span<const std::byte> payload;
};

/// Track 0 of a multitrack tag is taken, the others are kIgnored. A codec that this does not know
/// is kUnknown and no error. Errors: kMalformed (shorter than its own header).
/// Source: Enhanced RTMP v2, "Enhanced Video"; Adobe FLV 10.1, E.4.3. HEVC as codec id 12 has no
/// specification, and many encoders.
core::Result<VideoPacket> parse_video(std::span<const std::byte> body) noexcept;

}  // namespace millrace::media::flv
