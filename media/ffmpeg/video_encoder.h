// One rung's encoder: libx264, libvpx-vp9 or libsvtav1, set up so that the key frames of all rungs
// fall on the same instants.
#pragma once

#include <cstdint>

#include "media/ffmpeg/frame_rate.h"
#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/ladder.h"
#include "media/ffmpeg/outcome.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::ffmpeg {

enum class EncoderUse : uint8_t {
  kFile,
  kLive,  ///< H.264 only: each picture comes out as it goes in, none is reordered.
};

struct VideoEncoderSettings {
  LadderRung rung;
  FrameGrid grid;
  int64_t frames_per_gop = 60;
  fmp4::Colour colour;
  int thread_count = 1;
  EncoderUse use = EncoderUse::kFile;
};

/// Takes frames of `rung.size` in 4:2:0, 8 bits, that count from 0 in `pts`; one packet a frame.
struct OpenVideoEncoder {
  CodecPtr codec;
  fmp4::TrackFormat format;
};

/// Errors: kEncoderFailed, kUnsupportedJob (a codec that is no rung's).
Outcome<OpenVideoEncoder> open_video_encoder(const VideoEncoderSettings& settings);

/// The bytes of a packet as they stand in an MP4 sample: an AV1 one begins without its temporal
/// delimiter (AV1 Codec ISO Media File Format Binding, 2.4).
std::span<const uint8_t> sample_bytes(fmp4::Codec codec, const AVPacket& packet) noexcept;

}  // namespace millrace::media::ffmpeg
