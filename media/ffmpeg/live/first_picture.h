// What the first picture of a stream shows about all that follow.
#pragma once

#include <span>
#include <vector>

#include "media/ffmpeg/live/live_input.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::ffmpeg {

struct FirstPicture {
  FramePtr frame;         ///< Decoded.
  AVRational rate{0, 1};  ///< As the stream says it; 0/1: it does not.

  uint32_t width() const noexcept { return static_cast<uint32_t>(frame->width); }
  uint32_t height() const noexcept { return static_cast<uint32_t>(frame->height); }
};

/// Decodes a key frame. `config`: the codec's configuration, may be empty. Errors:
/// kCodecUnsupported, kPictureTooLarge, kDamaged (it is no picture).
Outcome<FirstPicture> decode_first_picture(const LivePacket& packet,
                                           std::span<const std::byte> config,
                                           const worker::JobLimits& limits);

/// The parameters a decoder for such packets is opened with.
struct FreeParameters {
  void operator()(AVCodecParameters* codec) const noexcept { avcodec_parameters_free(&codec); }
};
using CodecParameters = std::unique_ptr<AVCodecParameters, FreeParameters>;
CodecParameters codec_parameters(const LivePacket& packet, std::span<const std::byte> config);

/// The format of a track that passes these pictures on. Time scale and delay are left to the
/// caller.
fmp4::TrackFormat passed_format(fmp4::Codec codec, const FirstPicture& picture,
                                std::span<const std::byte> config);

}  // namespace millrace::media::ffmpeg
