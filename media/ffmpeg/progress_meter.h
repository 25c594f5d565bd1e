// How far a job is, how fast it goes and when it will be done.
#pragma once

#include <chrono>
#include <cstdint>

#include "media/ffmpeg/outlet.h"

namespace millrace::media::ffmpeg {

class ProgressMeter {
 public:
  /// `duration_us`: of the whole presentation, 0 where it is not known.
  ProgressMeter(Outlet& outlet, int64_t duration_us);

  /// One more frame (or packet of sound, where that is all) went to the encoders; its time.
  Outcome<> advance(int64_t time_us);

 private:
  Outlet& outlet_;
  int64_t duration_us_;
  std::chrono::steady_clock::time_point start_;
  int64_t frames_ = 0;
};

}  // namespace millrace::media::ffmpeg
