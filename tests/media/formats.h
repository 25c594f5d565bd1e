// Formats with decoder configurations that real encoders wrote (x264, FFmpeg's AAC).
#pragma once

#include "media/fmp4/track_format.h"
#include "tests/media/real_tools.h"

namespace millrace::media::test {

/// High profile, level 1.3, 320x180 at 30 fps.
inline fmp4::TrackFormat h264_180p() {
  return {.codec = fmp4::Codec::kH264,
          .timescale = 15'360,
          .width = 320,
          .height = 180,
          .frame_duration = 512,
          .decoder_config = from_hex(
              "0164000dffe1001a6764000dacd941419f9f0110000003001000000303c0f142996001000468ef8f"
              "cbfdf8f800")};
}

/// AAC-LC, stereo, 48 kHz, 1024 samples of encoder delay.
inline fmp4::TrackFormat aac_stereo() {
  return {.codec = fmp4::Codec::kAac,
          .timescale = 48'000,
          .channels = 2,
          .sample_rate = 48'000,
          .priming = 1024,
          .decoder_config = from_hex("119056e500")};
}

}  // namespace millrace::media::test
