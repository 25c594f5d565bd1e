// What the body of an audio or video tag is for.
#pragma once

#include <cstdint>

namespace millrace::media::flv {

enum class PacketKind : uint8_t {
  /// The decoder's configuration. A stream repeats it at will, also unchanged; a different one
  /// holds for the frames that follow.
  kConfig,
  kFrame,     ///< One coded picture, or one coded run of sound.
  kEnd,       ///< End of the sequence: no more frames until the next configuration.
  kMetadata,  ///< About the frames: of video an AMF `colorInfo`, of audio a channel layout.
  kIgnored,   ///< Nothing for a decoder: a command, another track, an empty or unknown packet.
};

}  // namespace millrace::media::flv
