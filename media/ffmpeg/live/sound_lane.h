// The sound of a live stream on its way from packets to parts.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "media/ffmpeg/live/part_cutter.h"
#include "media/ffmpeg/live/picture_clock.h"
#include "media/ffmpeg/live/segment_plan.h"
#include "media/ffmpeg/live/silent_packet.h"
#include "media/ffmpeg/live/sound_form.h"

namespace millrace::media::ffmpeg {

/// Where a segment begins in all tracks, in kLiveTick.
struct SegmentStart {
  int64_t time = 0;
  bool discontinuity = false;
};

/// Counts time in samples: packets follow each other without a gap, silence stands where the
/// publisher sent none, and what comes twice is left out. Waits for the pictures, since they say
/// where segments begin; without pictures it decides for itself.
class SoundLane {
 public:
  /// `outlet` is borrowed. `part_target_ms` of the stream.
  SoundLane(Outlet& outlet, const PartCutter::Track& track, uint32_t part_target_ms)
      : outlet_(outlet), cutter_(outlet, track), part_target_ms_(part_target_ms) {}

  /// The packets that follow have this format; the first of them is heard at `start` on the track,
  /// which is `source_us` on the publisher's repaired clock.
  struct Run {
    SoundFormat format;
    SegmentStart start;
    int64_t source_us = 0;
    int64_t late_max = 0;  ///< In kLiveTick: LiveInput::sound_late_max_us().
    /// Of a stream without pictures: where its segments begin is decided here.
    std::optional<SegmentPlan> plan;
  };
  Outcome<> begin(Run run);

  /// Of the run's format, its time on the publisher's repaired clock. Kept until pictures reach it.
  void put(PacketPtr packet, uint32_t samples);
  void begin_segment(const SegmentStart& start) { starts_.push_back(start); }
  /// Pictures have got to here, so all segments before it are known.
  Outcome<> advance(int64_t until);
  /// The run ends at `until`, or a packet later; what is missing until there is silence.
  Outcome<> finish(int64_t until);

  /// In kLiveTick, rounded up.
  int64_t end() const noexcept;
  const SoundFormat& format() const noexcept { return run_->format; }
  uint32_t track() const noexcept { return cutter_.track(); }

 private:
  struct Held {
    PacketPtr packet;
    int64_t start = 0;  ///< In samples of the track.
    uint32_t samples = 0;
  };

  Outcome<> place(const Held& held);
  Outcome<> fill(int64_t until);
  Outcome<> add(std::span<const uint8_t> bytes, uint32_t samples);
  Outcome<> tell_of_silence();
  PartStart start_of(int64_t sample, uint32_t samples);
  int64_t samples_at(int64_t ticks) const noexcept;

  Outlet& outlet_;
  PartCutter cutter_;
  uint32_t part_target_ms_;
  std::optional<Run> run_;
  std::vector<uint8_t> silence_;
  std::deque<Held> held_;
  std::deque<SegmentStart> starts_;
  int64_t reached_ = 0;     ///< By the pictures.
  int64_t last_heard_ = 0;  ///< What they had reached when the last packet came.
  /// How far behind the pictures packets have come, in samples: silence keeps that distance, or it
  /// would take the place of the first packets that come after it.
  int64_t late_ = 0;
  int64_t silent_samples_ = 0;  ///< Filled in, and not yet told.
};

}  // namespace millrace::media::ffmpeg
