// One picture in, the same picture in the size of every rung out.
#pragma once

#include <vector>

#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/ladder.h"
#include "media/ffmpeg/outcome.h"

namespace millrace::media::ffmpeg {

/// Scales each size from the next larger one: the cost of a scaler is mostly that of reading its
/// source, so five rungs cost little more than the first.
class ScaleCascade {
 public:
  /// `sizes`: the largest first, no two alike; the first is that of the pictures put in.
  explicit ScaleCascade(std::vector<PictureSize> sizes);

  /// One picture a size, in that order; the first is `picture` itself.
  Outcome<std::vector<FramePtr>> scale(FramePtr picture);

 private:
  struct Step {
    PictureSize size;
    ScalerPtr scaler;  ///< From the size before.
    BufferPoolPtr pool;
  };

  std::vector<Step> steps_;
};

/// A 4:2:0 picture of `size` on a buffer of `pool`; null without memory.
FramePtr picture_from(AVBufferPool& pool, const PictureSize& size);

/// A pool of buffers for 4:2:0 pictures of `size`.
BufferPoolPtr picture_pool(const PictureSize& size);

}  // namespace millrace::media::ffmpeg
