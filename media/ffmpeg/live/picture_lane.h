// The publisher's own pictures on their way from packets to parts.
#pragma once

#include <cstdint>
#include <optional>

#include "media/ffmpeg/live/part_cutter.h"
#include "media/ffmpeg/live/picture_clock.h"
#include "media/ffmpeg/live/segment_plan.h"
#include "media/ffmpeg/live/sound_lane.h"

namespace millrace::media::ffmpeg {

/// Gives each picture its times and says where segments begin; hands it to the parts where it may
/// pass as it is.
class PictureLane {
 public:
  explicit PictureLane(uint32_t part_target_ms)
      : part_target_(int64_t{part_target_ms} * kLiveTick.den / 1000) {}
  /// Pictures become parts of this track. Once, before any picture.
  void pass_to(Outlet& outlet, const PartCutter::Track& track) { cutter_.emplace(outlet, track); }

  /// Pictures of one format, clock and spacing; the first of them follows.
  struct Run {
    PictureClock clock;
    SegmentPlan plan;
    bool discontinuity = false;
  };
  void begin(const Run& run);

  /// A picture of the run, its bytes as an MP4 sample holds them. Times in ticks on the publisher's
  /// repaired clock.
  struct Picture {
    int64_t dts = 0;
    int64_t pts = 0;
    bool key = false;
    std::span<const uint8_t> bytes;
  };
  /// Whether so much is missing before this picture that the one before it would last longer than
  /// a part may.
  bool has_gap_before(const Picture& picture) const noexcept {
    return lasting(picture) > part_target_;
  }
  uint64_t gap_before_ms(const Picture& picture) const noexcept {
    return static_cast<uint64_t>(lasting(picture) * 1000 / kLiveTick.den);
  }
  /// What became of a picture.
  struct Placed {
    int64_t shown = 0;  ///< When, on the track: after the edit list.
    std::optional<SegmentStart> segment;
  };
  Outcome<Placed> put(const Picture& picture);
  Outcome<> finish() { return cutter_ ? cutter_->cut() : Outcome<>{}; }

  bool passes() const noexcept { return cutter_.has_value(); }
  int64_t end() const noexcept { return run_ ? run_->clock.end() : 0; }

 private:
  int64_t lasting(const Picture& picture) const noexcept;

  std::optional<PartCutter> cutter_;
  int64_t part_target_;
  std::optional<Run> run_;
  bool run_empty_ = true;
};

}  // namespace millrace::media::ffmpeg
