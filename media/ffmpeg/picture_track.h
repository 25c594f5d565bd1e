// From decoded pictures to every video rendition of a job.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "media/ffmpeg/picture_filter.h"
#include "media/ffmpeg/progress_meter.h"
#include "media/ffmpeg/rendition.h"
#include "media/ffmpeg/scale_cascade.h"
#include "media/ffmpeg/stills.h"

namespace millrace::media::ffmpeg {

/// Filters each picture once, puts it on a constant frame rate, scales it once for each size and
/// feeds the renditions' threads, which start with the first picture: only that shows its colours.
class PictureTrack {
 public:
  struct Settings {
    std::vector<LadderRung> ladder;  ///< The smallest first, not empty.
    Orientation orientation;
    FragmentClock clock;
    int thread_count = 1;
    int64_t duration_us = 0;      ///< Expected; 0: not known.
    int64_t duration_us_max = 0;  ///< The job fails beyond it: kTooLong.
  };

  PictureTrack(const Settings& settings, Outlet& outlet, ProgressMeter& meter);

  /// `pts` and `pkt_duration` in microseconds on the presentation's clock. Pictures that come
  /// before one already put are dropped.
  Outcome<> put(FramePtr picture);
  /// No picture follows: takes what the filter still holds.
  Outcome<> flush();

  bool empty() const noexcept { return pending_ == nullptr; }
  /// Where the pictures put so far end, counted in frames of the output. Final after flush().
  int64_t end_frame() const noexcept;
  /// Shows the last picture until `end_frame`, then waits for the renditions.
  Outcome<> finish(int64_t end_frame);

 private:
  Outcome<> start(const AVFrame& picture);
  Outcome<> put_on_grid(FramePtr picture);
  Outcome<> emit(const AVFrame& picture, int64_t from_frame, int64_t to_frame);
  Outcome<> consider_stills(const std::vector<FramePtr>& pictures, int64_t time_us);
  int threads_for(const LadderRung& rung) const noexcept;

  Settings settings_;
  Outlet& outlet_;
  ProgressMeter& meter_;
  PictureFilter filter_;
  std::vector<PictureSize> sizes_;  ///< The largest first.
  ScaleCascade cascade_;
  Poster poster_;
  Storyboard storyboard_;
  std::vector<std::unique_ptr<RenditionThread>> renditions_;  ///< As the ladder.
  std::vector<size_t> size_of_rendition_;                     ///< Index into sizes_.
  SourceColour source_colour_;
  FramePtr pending_;  ///< Shown from pending_frame_ until the next picture comes.
  int64_t pending_frame_ = 0;
  int64_t end_us_ = 0;
};

}  // namespace millrace::media::ffmpeg
