#include "media/ffmpeg/live/sound_lane.h"

#include <algorithm>
#include <utility>

namespace millrace::media::ffmpeg {
namespace {

// 20 s of AAC: a publisher that sends its sound this far ahead of its pictures is refused the rest.
constexpr size_t kHeldMax = 1000;

}  // namespace

Outcome<> SoundLane::begin(Run run) {
  run_ = std::move(run);
  silence_ = silent_packet(run_->format);
  held_.clear();
  starts_ = {run_->start};
  reached_ = last_heard_ = run_->start.time;
  late_ = 0;
  const int64_t rate = run_->format.sample_rate;
  cutter_.set_format(int64_t{part_target_ms_} * rate / 1000, run_->format.packet_samples);
  cutter_.advance_to(static_cast<uint64_t>(samples_at(run_->start.time)));
  return {};
}

/// The first sample not before it.
int64_t SoundLane::samples_at(int64_t ticks) const noexcept {
  return av_rescale_rnd(ticks, run_->format.sample_rate, kLiveTick.den, AV_ROUND_UP);
}

int64_t SoundLane::end() const noexcept {
  return av_rescale_rnd(static_cast<int64_t>(cutter_.end()), kLiveTick.den,
                        run_->format.sample_rate, AV_ROUND_UP);
}

void SoundLane::put(PacketPtr packet, uint32_t samples) {
  if (held_.size() >= kHeldMax) return;
  const int64_t since = packet->pts - run_->source_us;
  const int64_t start =
      samples_at(run_->start.time) + av_rescale(since, run_->format.sample_rate, kMicroseconds.den);
  held_.push_back({.packet = std::move(packet), .start = start, .samples = samples});
  last_heard_ = reached_;
  // Forgotten by half in some 1.5 s of AAC.
  late_ = std::max(samples_at(reached_) - start, late_ - late_ / 100);
}

Outcome<> SoundLane::advance(int64_t until) {
  reached_ = until;
  const int64_t limit = run_->plan ? INT64_MAX : samples_at(until);
  while (!held_.empty() &&
         std::max(held_.front().start, static_cast<int64_t>(cutter_.end())) < limit) {
    const Held held = std::move(held_.front());
    held_.pop_front();
    if (auto done = place(held); !done) return done;
  }
  const bool missing = !run_->plan && reached_ - last_heard_ > run_->late_max;
  return missing ? fill(limit - late_ - run_->format.packet_samples) : Outcome<>{};
}

/// As near to its time as whole packets allow: up to three quarters of one beside it.
Outcome<> SoundLane::place(const Held& held) {
  const int64_t slack = int64_t{run_->format.packet_samples} * 3 / 4;
  if (held.start - static_cast<int64_t>(cutter_.end()) >= slack) {
    if (auto done = fill(held.start - slack); !done) return done;
  }
  if (held.start - static_cast<int64_t>(cutter_.end()) <= -slack) return {};
  if (auto done = tell_of_silence(); !done) return done;
  if (silence_.empty()) silence_.assign(held.packet->data, held.packet->data + held.packet->size);
  return add({held.packet->data, static_cast<size_t>(held.packet->size)}, held.samples);
}

Outcome<> SoundLane::fill(int64_t until) {
  while (static_cast<int64_t>(cutter_.end()) <= until && !silence_.empty()) {
    if (auto done = add(silence_, run_->format.packet_samples); !done) return done;
    silent_samples_ += run_->format.packet_samples;
  }
  return {};
}

Outcome<> SoundLane::tell_of_silence() {
  const int64_t samples = std::exchange(silent_samples_, 0);
  if (samples == 0) return {};
  return outlet_.notice(
      {.kind = worker::NoticeKind::kSilenceFilled,
       .amount_ms = static_cast<uint64_t>(samples * 1000 / int64_t{run_->format.sample_rate})});
}

PartStart SoundLane::start_of(int64_t sample, uint32_t samples) {
  PartStart start;
  if (run_->plan) {
    start.segment = run_->plan->begins_with({.time = sample, .duration = samples, .key = true});
  }
  while (!starts_.empty() && samples_at(starts_.front().time) <= sample) {
    start.segment = true;
    start.discontinuity = start.discontinuity || starts_.front().discontinuity;
    starts_.pop_front();
  }
  return start;
}

Outcome<> SoundLane::add(std::span<const uint8_t> bytes, uint32_t samples) {
  const PartStart start = start_of(static_cast<int64_t>(cutter_.end()), samples);
  return cutter_.add(
      {.duration = samples, .size = static_cast<uint32_t>(bytes.size()), .key = true}, bytes,
      start);
}

Outcome<> SoundLane::finish(int64_t until) {
  if (auto done = advance(until); !done) return done;
  if (!run_->plan) {
    if (auto done = fill(samples_at(until) - 1); !done) return done;
  }
  // Every track has every segment, be it of one packet.
  while (!starts_.empty() && !silence_.empty()) {
    if (auto done = fill(static_cast<int64_t>(cutter_.end())); !done) return done;
  }
  held_.clear();
  return cutter_.cut();
}

}  // namespace millrace::media::ffmpeg
