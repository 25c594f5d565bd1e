#include "media/ffmpeg/timeline.h"

#include <algorithm>
#include <cstdlib>

namespace millrace::media::ffmpeg {
namespace {

// Decode times of some containers step back a little inside a group of pictures; a clock that was
// set anew steps by seconds.
constexpr int64_t kBackwardMax_us = 500'000;
// The gap at a joint differs between the streams by an audio packet or a few frames.
constexpr int64_t kJointTolerance_us = 300'000;
// A spliced recording returns to one of a few clocks.
constexpr size_t kCorrectionsKept = 8;
// A hostile file holds any 64-bit number; sums of a few of these still fit.
constexpr int64_t kTimeMax_us = int64_t{1} << 60;

}  // namespace

Timeline::Timeline(const Options& options) noexcept : options_(options) {
  clocks_.fill({.correction_us = -options.zero_us, .expected_us = 0});
  corrections_.push_back(-options.zero_us);
}

bool Timeline::fits(int64_t corrected_us, const Clock& clock) const noexcept {
  const int64_t step = corrected_us - clock.expected_us;
  return step >= -kBackwardMax_us && step <= options_.longest_gap_us;
}

int64_t Timeline::joined(int64_t decode_time_us, const Clock& clock) const {
  for (const int64_t correction : corrections_) {
    if (std::abs(decode_time_us + correction - clock.expected_us) <= kJointTolerance_us) {
      return correction;
    }
  }
  return clock.expected_us - decode_time_us;
}

int64_t Timeline::correction_us(Stream stream, int64_t decode_time_us, int64_t duration_us) {
  Clock& clock = clocks_[static_cast<size_t>(stream)];
  decode_time_us = std::clamp(decode_time_us, -kTimeMax_us, kTimeMax_us);
  if (!fits(decode_time_us + clock.correction_us, clock)) {
    clock.correction_us = joined(decode_time_us, clock);
    ++jump_count_;
    std::erase(corrections_, clock.correction_us);
    corrections_.push_front(clock.correction_us);
    if (corrections_.size() > kCorrectionsKept) corrections_.pop_back();
  }
  const int64_t end =
      decode_time_us + clock.correction_us + std::clamp<int64_t>(duration_us, 0, 1'000'000);
  clock.expected_us = std::max(clock.expected_us, end);
  return clock.correction_us;
}

}  // namespace millrace::media::ffmpeg
