#include "media/ffmpeg/live/segment_plan.h"

namespace millrace::media::ffmpeg {

bool SegmentPlan::begins_with(const Picture& picture) noexcept {
  const int64_t elapsed = picture.time - segment_start_;
  bool begins = empty_ || elapsed + picture.duration > longest_;
  if (picture.key) {
    // The next key frame is as far away as the last one was; waiting for it must not be too long.
    begins = begins || (elapsed >= shortest_ && elapsed + (picture.time - last_key_) > longest_);
    last_key_ = picture.time;
  }
  if (begins) segment_start_ = picture.time;
  if (empty_) last_key_ = picture.time;
  empty_ = false;
  return begins;
}

}  // namespace millrace::media::ffmpeg
