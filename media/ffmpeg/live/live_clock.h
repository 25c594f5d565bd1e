// The publisher's clock, repaired.
#pragma once

#include <cstdint>
#include <optional>

#include "media/ffmpeg/live/live_input.h"
#include "media/ffmpeg/timeline.h"

namespace millrace::media::ffmpeg {

/// Moves packets onto a clock that begins at 0 with the first of them and runs on without jumps.
class LiveClock {
 public:
  /// False: a packet without any time.
  bool repair(LivePacket& packet);

  bool started() const noexcept { return timeline_.has_value(); }
  uint32_t jump_count() const noexcept { return timeline_ ? timeline_->jump_count() : 0; }

 private:
  std::optional<Timeline> timeline_;
};

}  // namespace millrace::media::ffmpeg
