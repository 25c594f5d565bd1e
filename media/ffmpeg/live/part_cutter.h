// Samples of one live track in, parts out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "media/ffmpeg/outlet.h"
#include "media/fmp4/track_format.h"

namespace millrace::media::ffmpeg {

/// What a sample says about the part that it begins.
struct PartStart {
  bool segment = false;        ///< A segment begins here.
  bool discontinuity = false;  ///< And does not go on from the one before.
};

/// Cuts before the sample that would cross the part target (LL-02), and as soon as no further one
/// fits: a part never waits for the next picture. Decode times go on without a gap by construction
/// (SG-03), except where advance_to() makes one.
class PartCutter {
 public:
  struct Track {
    uint32_t track = 0;     ///< As the outlet numbered it.
    uint32_t sequence = 1;  ///< Of the first part.
    uint64_t start = 0;     ///< Decode time of the first sample, in ticks.
  };
  PartCutter(Outlet& outlet, const Track& track) noexcept
      : outlet_(outlet), track_(track.track), sequence_(track.sequence), end_(track.start) {}

  /// In ticks of the track. `usual_duration`: of most samples.
  void set_format(int64_t part_target, int64_t usual_duration) noexcept {
    part_target_ = part_target;
    usual_duration_ = usual_duration;
  }
  Outcome<> add(const fmp4::Sample& sample, std::span<const uint8_t> bytes, PartStart start);
  /// Writes what was added since the last cut; nothing where that is nothing.
  Outcome<> cut();
  /// After cut(): the next sample is decoded at `time`, counted by another time scale perhaps.
  void advance_to(uint64_t time) noexcept { end_ = time; }

  /// Decode time where the samples added so far end.
  uint64_t end() const noexcept { return end_ + static_cast<uint64_t>(pending_duration_); }
  uint32_t track() const noexcept { return track_; }
  bool empty() const noexcept { return samples_.empty(); }

 private:
  Outlet& outlet_;
  uint32_t track_;
  uint32_t sequence_;
  uint64_t end_;  ///< Of the last part.
  int64_t part_target_ = 0;
  int64_t usual_duration_ = 0;
  int64_t pending_duration_ = 0;
  PartStart start_;
  std::vector<fmp4::Sample> samples_;
  std::vector<std::byte> payload_;
  std::vector<std::byte> part_;
};

/// PART-TARGET of a stream: as many whole frames as fit into `wanted_ms`, one at least, in whole
/// milliseconds rounded up (LL-04).
uint32_t part_target_ms(uint32_t wanted_ms, int64_t frame_ticks) noexcept;

}  // namespace millrace::media::ffmpeg
