#include "media/ffmpeg/progress_meter.h"

#include <algorithm>

namespace millrace::media::ffmpeg {

ProgressMeter::ProgressMeter(Outlet& outlet, int64_t duration_us)
    : outlet_(outlet), duration_us_(duration_us), start_(std::chrono::steady_clock::now()) {}

Outcome<> ProgressMeter::advance(int64_t time_us) {
  ++frames_;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  const double seconds = std::max(elapsed.count(), 1e-3);
  const double media_seconds = static_cast<double>(time_us) * 1e-6;
  worker::Progress progress{.fraction = 0,
                            .fps = static_cast<double>(frames_) / seconds,
                            .speed = media_seconds / seconds,
                            .seconds_left = -1};
  if (duration_us_ > 0) {
    // The last percent is the encoders' queues, which only the end of the job empties.
    progress.fraction =
        std::clamp(static_cast<double>(time_us) / static_cast<double>(duration_us_), 0.0, 0.99);
    if (progress.speed > 0) {
      progress.seconds_left = std::max(
          0.0, (static_cast<double>(duration_us_) * 1e-6 - media_seconds) / progress.speed);
    }
  }
  return outlet_.progress(progress);
}

}  // namespace millrace::media::ffmpeg
