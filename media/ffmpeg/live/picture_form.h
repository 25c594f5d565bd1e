// Coded pictures as a publisher sends them, and as an MP4 sample holds them.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "media/ffmpeg/live/live_input.h"
#include "media/fmp4/nal_units.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::ffmpeg {

/// Takes parameter sets out of the pictures of H.264 and HEVC, wherever they stand, and puts
/// lengths in front of the other units: what avc1 and hvc1 want. AV1 loses its temporal delimiters.
/// Other codecs stay as they are.
class PictureForm {
 public:
  /// The codec as MP4 knows it; nothing: it has to be encoded anew.
  static std::optional<fmp4::Codec> passable(AVCodecID codec) noexcept;

  /// Rewrites the packet's bytes, which may become none. Where the parameter sets differ from
  /// before, `config()` is another one afterwards. False: bytes that are no picture.
  bool convert(LivePacket& packet);

  /// Payload of avcC, hvcC, av1C; empty until the stream has told.
  const std::vector<std::byte>& config() const noexcept { return config_; }

 private:
  using ParameterSets = std::vector<std::vector<std::byte>>;

  bool take_config(const LivePacket& packet);
  bool convert_units(LivePacket& packet);
  void use(AVCodecID codec, ParameterSets found);

  CodecConfig container_config_;
  size_t length_size_ = 0;  ///< 0: start codes.
  ParameterSets sets_;
  std::vector<std::byte> config_;
};

/// Replaces the bytes of a packet; times, flags and side data stay.
void replace_bytes(AVPacket& packet, std::span<const std::byte> bytes);

}  // namespace millrace::media::ffmpeg
