// Repairs the clocks of a source: each stream of it runs forward, and all of them together.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>

namespace millrace::media::ffmpeg {

/// Maps decode times of packets to a clock without jumps. A stream that jumps is joined to where it
/// was; a stream that jumps next takes the same correction where that fits, so that picture and
/// sound stay as far apart as they were recorded. All times in microseconds.
class Timeline {
 public:
  enum class Stream : uint8_t { kVideo, kAudio };

  struct Options {
    int64_t zero_us = 0;         ///< Where the presentation starts, in the source's own time.
    int64_t longest_gap_us = 0;  ///< A step forward by more than this is a jump, not silence.
  };

  explicit Timeline(const Options& options) noexcept;

  /// What to add to the times of a packet so that they count from the presentation's start.
  int64_t correction_us(Stream stream, int64_t decode_time_us, int64_t duration_us);

  uint32_t jump_count() const noexcept { return jump_count_; }

 private:
  struct Clock {
    int64_t correction_us = 0;
    int64_t expected_us = 0;  ///< Where the next packet should be, after correction.
  };

  bool fits(int64_t corrected_us, const Clock& clock) const noexcept;
  int64_t joined(int64_t decode_time_us, const Clock& clock) const;

  Options options_;
  std::array<Clock, 2> clocks_;
  std::deque<int64_t> corrections_;  ///< In use lately by any stream, the newest first.
  uint32_t jump_count_ = 0;
};

}  // namespace millrace::media::ffmpeg
