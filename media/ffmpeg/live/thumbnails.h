// A small picture of a live stream every few seconds.
#pragma once

#include <cstdint>

#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/outlet.h"

namespace millrace::media::ffmpeg {

class Thumbnails {
 public:
  /// `interval`: in kLiveTick; 0: none are wanted. `outlet` is borrowed.
  Thumbnails(Outlet& outlet, int64_t interval) noexcept : outlet_(outlet), interval_(interval) {}

  bool due(int64_t time) const noexcept { return interval_ > 0 && time >= next_; }
  /// Reports the picture (4:2:0) where one is due.
  Outcome<> consider(const AVFrame& picture, int64_t time);

 private:
  Outlet& outlet_;
  int64_t interval_;
  int64_t next_ = 0;
};

}  // namespace millrace::media::ffmpeg
