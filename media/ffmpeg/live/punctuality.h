// Whether a publisher sends as fast as its stream plays.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace millrace::media::ffmpeg {

/// Compares media with the wall clock. The best it ever was counts as in time, so that neither what
/// a network holds back nor a publisher that sends ahead is called late.
class Punctuality {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Media up to `media_us` has arrived. Yields by how much it is late where that is more than
  /// before, by a second at least.
  std::optional<std::chrono::milliseconds> note(int64_t media_us, Time now) noexcept;

 private:
  std::optional<std::chrono::microseconds> best_;  ///< Arrival minus media.
  std::chrono::microseconds told_{};
};

}  // namespace millrace::media::ffmpeg
