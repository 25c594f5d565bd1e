// Still pictures as JPEG.
#pragma once

#include <cstddef>
#include <vector>

#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/ladder.h"
#include "media/ffmpeg/outcome.h"

namespace millrace::media::ffmpeg {

/// A full-range picture of `size`, black.
FramePtr black_still(const PictureSize& size);

/// Draws `picture` (4:2:0, limited range) into a part of `still` of `size` at (x, y), all even.
Outcome<> draw(const AVFrame& picture, AVFrame& still, const PictureSize& size, int x, int y);

/// Errors: kEncoderFailed.
Outcome<std::vector<std::byte>> encode_jpeg(const AVFrame& still);

}  // namespace millrace::media::ffmpeg
