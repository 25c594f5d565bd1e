// The poster and the storyboard, picked from the pictures on their way to the encoders.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "media/ffmpeg/jpeg.h"
#include "media/ffmpeg/outlet.h"

namespace millrace::media::ffmpeg {

/// Reports the first picture that shows something: neither dark nor flat. Where none does within
/// half a minute, the one that shows most.
class Poster {
 public:
  explicit Poster(Outlet& outlet) : outlet_(outlet) {}

  /// `judged`: a small version of `shown`.
  Outcome<> consider(const AVFrame& judged, const AVFrame& shown, int64_t time_us);
  Outcome<> finish();

 private:
  Outcome<> report(const AVFrame& picture);

  Outlet& outlet_;
  FramePtr best_;
  double best_score_ = -1;
  int64_t next_time_us_ = 0;
  bool reported_ = false;
};

/// A sheet of at most 100 tiles, evenly spread. Where the duration is not known beforehand, or
/// wrong, every second tile is given up each time the sheet is full.
class Storyboard {
 public:
  /// `duration_us`: 0 where it is not known.
  Storyboard(Outlet& outlet, int64_t duration_us);

  Outcome<> consider(const AVFrame& picture, int64_t time_us);
  Outcome<> finish();

 private:
  void thin_out();

  Outlet& outlet_;
  int64_t interval_us_;
  PictureSize tile_;
  std::vector<FramePtr> tiles_;
};

}  // namespace millrace::media::ffmpeg
