// The body of an audio tag, as Flash had it and as enhanced RTMP has it. Bytes in, values out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"
#include "media/flv/packet_kind.h"

namespace millrace::media::flv {

enum class AudioCodec : uint8_t { kAac, kMp3, kOpus, kFlac, kAc3, kEac3, kUnknown };

struct AudioPacket {
  AudioCodec codec = AudioCodec::kUnknown;
  PacketKind kind = PacketKind::kIgnored;
  /// To be added to the tag's timestamp: 0 … 999,999.
  uint32_t timestamp_offset_ns = 0;
  /// Borrowed from the tag. Never empty with kConfig and kFrame.
  /// kConfig: AudioSpecificConfig (AAC), an OpusHead packet (RFC 7845, 5.1), `fLaC` and the
  /// STREAMINFO block (Ogg mapping of FLAC). MP3, AC-3 and E-AC-3 need none and have none.
  /// kFrame: a raw AAC frame without ADTS; an Opus, FLAC, MP3, AC-3 or E-AC-3 frame.
  std::span<const std::byte> payload;
};

/// Track 0 of a multitrack tag is taken, the others are kIgnored. A codec that this does not know
/// is kUnknown and no error. Errors: kMalformed (shorter than its own header).
/// Source: Enhanced RTMP v2, "Enhanced Audio"; Adobe FLV 10.1, E.4.2.
core::Result<AudioPacket> parse_audio(std::span<const std::byte> body) noexcept;

}  // namespace millrace::media::flv
