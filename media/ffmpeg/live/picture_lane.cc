#include "media/ffmpeg/live/picture_lane.h"

namespace millrace::media::ffmpeg {

void PictureLane::begin(const Run& run) {
  run_ = run;
  run_empty_ = true;
  if (!cutter_) return;
  cutter_->set_format(part_target_, run.clock.frame_ticks());
  cutter_->advance_to(static_cast<uint64_t>(run.clock.end()));
}

/// How long a sample would have to last that makes up for what is missing before it.
int64_t PictureLane::lasting(const Picture& picture) const noexcept {
  PictureClock clock = run_->clock;
  return clock.place(picture.dts, picture.pts).duration;
}

Outcome<PictureLane::Placed> PictureLane::put(const Picture& picture) {
  const PictureTimes times = run_->clock.place(picture.dts, picture.pts);
  Placed placed{.shown = times.decode_time + times.composition_offset - run_->clock.reorder_delay(),
                .segment = std::nullopt};
  PartStart start;
  if (run_->plan.begins_with(
          {.time = times.decode_time, .duration = times.duration, .key = picture.key})) {
    start = {.segment = true, .discontinuity = run_->discontinuity && run_empty_};
    placed.segment = {.time = times.decode_time, .discontinuity = start.discontinuity};
  }
  run_empty_ = false;
  if (!cutter_) return placed;
  auto added = cutter_->add({.duration = static_cast<uint32_t>(times.duration),
                             .size = static_cast<uint32_t>(picture.bytes.size()),
                             .composition_offset = static_cast<int32_t>(times.composition_offset),
                             .key = picture.key},
                            picture.bytes, start);
  if (!added) return std::unexpected(added.error());
  return placed;
}

}  // namespace millrace::media::ffmpeg
