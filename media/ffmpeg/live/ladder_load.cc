#include "media/ffmpeg/live/ladder_load.h"

#include "media/worker/live_spec.h"

namespace millrace::media::ffmpeg {
namespace {

// Shorter, and one key frame would decide; the first pictures of an encoder are slow.
constexpr std::chrono::nanoseconds kWindow = std::chrono::milliseconds{1500};
// What just keeps up has nothing left for catching up.
constexpr double kSpeedMin = 1.05;

}  // namespace

void LadderLoad::note(int64_t media_ticks, std::chrono::nanoseconds busy) noexcept {
  media_ticks_ += media_ticks;
  busy_ += busy;
  if (busy_ < kWindow) return;
  const double media_seconds = static_cast<double>(media_ticks_) / worker::kLiveTimescale;
  const double speed = media_seconds / std::chrono::duration<double>(busy_).count();
  verdict_ = speed < kSpeedMin ? Verdict::kTooSlow : Verdict::kKeepsUp;
  media_ticks_ = 0;
  busy_ = {};
}

}  // namespace millrace::media::ffmpeg
