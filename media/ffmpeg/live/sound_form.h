// Coded sound as a publisher sends it, and as an MP4 sample holds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "media/ffmpeg/live/live_input.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::ffmpeg {

/// What of the sound a track has to know.
struct SoundFormat {
  fmp4::Codec codec = fmp4::Codec::kAac;
  uint32_t sample_rate = 0;  ///< Of the packets' samples: the core's, where there is SBR.
  uint32_t channels = 0;
  uint32_t packet_samples = 0;    ///< Of most packets.
  std::vector<std::byte> config;  ///< TrackFormat::decoder_config

  bool operator==(const SoundFormat&) const = default;
};

/// Takes the ADTS header off AAC, and makes an AudioSpecificConfig of it.
class SoundForm {
 public:
  /// Rewrites the packet's bytes. False: bytes that are no such sound, to be left out.
  bool convert(LivePacket& packet);
  /// Of the packet converted last; nothing: it cannot be passed on as it is.
  const std::optional<SoundFormat>& format() const noexcept { return format_; }
  /// Samples in the packet converted last.
  uint32_t packet_samples() const noexcept { return packet_samples_; }

 private:
  bool convert_aac(LivePacket& packet);
  bool convert_opus(LivePacket& packet);

  CodecConfig container_config_;
  std::optional<SoundFormat> format_;
  uint32_t packet_samples_ = 0;
};

/// Of an AudioSpecificConfig (ISO/IEC 14496-3, 1.6.2.1); nothing where it is cut off, or leaves its
/// channels to the stream.
std::optional<SoundFormat> aac_format(std::span<const std::byte> audio_specific_config);

/// Samples at 48 kHz of an Opus packet (RFC 6716, 3.1); 0: none.
uint32_t opus_samples(std::span<const std::byte> packet) noexcept;

}  // namespace millrace::media::ffmpeg
