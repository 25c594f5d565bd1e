#include "media/ffmpeg/live/punctuality.h"

#include <algorithm>

namespace millrace::media::ffmpeg {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr microseconds kWorthTelling = std::chrono::seconds{1};

}  // namespace

std::optional<milliseconds> Punctuality::note(int64_t media_us, Time now) noexcept {
  const microseconds distance =
      duration_cast<microseconds>(now.time_since_epoch()) - microseconds{media_us};
  best_ = std::min(best_.value_or(distance), distance);
  const microseconds late = distance - *best_;
  if (late < told_ + kWorthTelling) {
    // In time again: the next delay is news.
    if (late < kWorthTelling) told_ = {};
    return std::nullopt;
  }
  told_ = late;
  return duration_cast<milliseconds>(late);
}

}  // namespace millrace::media::ffmpeg
