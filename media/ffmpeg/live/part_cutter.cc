#include "media/ffmpeg/live/part_cutter.h"

#include <algorithm>

#include "media/fmp4/fragment.h"
#include "media/worker/live_spec.h"

namespace millrace::media::ffmpeg {
namespace {

constexpr size_t kHeadSizeMax = 64 << 10;  // Some thousand samples of 16 bytes.

uint8_t flags_of(const PartStart& start, const fmp4::Sample& first) noexcept {
  using worker::PartFlags;
  return static_cast<uint8_t>((start.segment ? PartFlags::kStartsSegment : 0) |
                              (start.discontinuity ? PartFlags::kDiscontinuity : 0) |
                              (first.key ? PartFlags::kIndependent : 0));
}

}  // namespace

uint32_t part_target_ms(uint32_t wanted_ms, int64_t frame_ticks) noexcept {
  constexpr int64_t kTicksAMs = worker::kLiveTimescale / 1000;
  wanted_ms = std::clamp(wanted_ms, worker::kPartMsMin, worker::kPartMsMax);
  const int64_t frames = std::max<int64_t>(1, wanted_ms * kTicksAMs / frame_ticks);
  const int64_t ms = (frames * frame_ticks + kTicksAMs - 1) / kTicksAMs;
  return static_cast<uint32_t>(std::min<int64_t>(ms, worker::kPartMsMax));
}

Outcome<> PartCutter::add(const fmp4::Sample& sample, std::span<const uint8_t> bytes,
                          PartStart start) {
  const bool full = pending_duration_ + int64_t{sample.duration} > part_target_ ||
                    payload_.size() + bytes.size() + kHeadSizeMax > worker::kFragmentSizeMax;
  if (start.segment || full) {
    if (auto done = cut(); !done) return done;
  }
  if (bytes.size() + kHeadSizeMax > worker::kFragmentSizeMax) {
    return worker::job_failure(FailureReason::kPictureTooLarge,
                               "one picture is larger than a part may be");
  }
  if (samples_.empty()) start_ = start;
  samples_.push_back(sample);
  const auto raw = std::as_bytes(bytes);
  payload_.insert(payload_.end(), raw.begin(), raw.end());
  pending_duration_ += sample.duration;
  return pending_duration_ + usual_duration_ > part_target_ ? cut() : Outcome<>{};
}

Outcome<> PartCutter::cut() {
  if (samples_.empty()) return {};
  part_.clear();
  fmp4::append_fragment_head(part_, {.sequence = sequence_, .decode_time = end_}, samples_);
  part_.insert(part_.end(), payload_.begin(), payload_.end());
  const uint8_t flags = flags_of(start_, samples_.front());
  ++sequence_;
  end_ += static_cast<uint64_t>(pending_duration_);
  pending_duration_ = 0;
  samples_.clear();
  payload_.clear();
  return outlet_.part({.track = track_, .flags = flags, .bytes = part_});
}

}  // namespace millrace::media::ffmpeg
