// What an FLV file is made of. Source: Adobe Flash Video File Format Specification 10.1, annex E.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace millrace::media::flv {

/// The numbers are also those of RTMP's message types.
enum class TagType : uint8_t { kAudio = 8, kVideo = 9, kScript = 18 };

/// One message of a stream. What a body holds: parse_video, parse_audio, parse_metadata.
struct Tag {
  TagType type = TagType::kScript;
  int64_t timestamp_ms = 0;  ///< Decode time. See FlvReader for what becomes of wrapped numbers.
  std::span<const std::byte> body;  ///< Borrowed from whoever gave the tag.
};

/// size u24be | and so no body is longer.
inline constexpr size_t kBodySizeMax = (size_t{1} << 24) - 1;

}  // namespace millrace::media::flv
