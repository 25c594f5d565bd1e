#include "media/ffmpeg/live/live_stream.h"

#include <algorithm>
#include <utility>

#include "media/ffmpeg/live/source_plan.h"
#include "media/ffmpeg/surroundings.h"

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;
using worker::NoticeKind;

// 0.27 s at 30 frames a second, and no longer than a second of a slow source.
constexpr size_t kSpacingTimes = 9;
constexpr int64_t kSpacingWaitMax = kLiveTick.den;
// Pictures that a container announces, and that never come, are waited for so long in sound.
constexpr int64_t kPictureWaitMax_us = 4'000'000;
constexpr int64_t kSoundStart_us = 500'000;
constexpr size_t kWaitingMax = 2000;
constexpr uint32_t kBadStartsMax = 10;

int64_t ticks_of(int64_t time_us) noexcept {
  return av_rescale_q(time_us, kMicroseconds, kLiveTick);
}

}  // namespace

LiveStream::LiveStream(const worker::JobSpec& spec, const LiveInput& input, Outlet& outlet)
    : spec_(spec),
      input_(input),
      outlet_(outlet),
      tracks_(outlet),
      sound_intake_(spec, clock_, outlet),
      part_target_ms_(spec.live.part_target_ms) {}

Outcome<> LiveStream::put(LivePacket packet) {
  if (outlet_.failed()) return outlet_.verdict();
  return packet.of_video() ? put_picture(std::move(packet)) : put_sound(std::move(packet));
}

Outcome<> LiveStream::put_picture(LivePacket packet) {
  if (sound_only_) return {};
  if (!clock_.repair(packet) || !picture_form_.convert(packet) || packet.packet->dts <= last_dts_) {
    ++dropped_;
    return {};
  }
  last_dts_ = packet.packet->dts;
  if (running_) {
    if (auto judged = judge(packet); !judged) return judged;
    if (!new_run_wanted_) return pass_picture(packet);
    if (!packet.key()) return {};
    if (auto ended = end_run(); !ended) return ended;
  }
  const bool first = std::ranges::none_of(waiting_, &LivePacket::of_video);
  const bool tells = !PictureForm::passable(packet.codec) || !picture_form_.config().empty();
  if (first && (!packet.key() || !tells)) return {};
  return wait_with(std::move(packet));
}

/// Whether the run can go on with this picture.
Outcome<> LiveStream::judge(const LivePacket& packet) {
  if (new_run_wanted_) return {};
  if (packet.codec != codec_ || picture_form_.config() != config_) {
    new_run_wanted_ = true;
    spacing_holds_ = false;
    return outlet_.notice(
        {.kind = NoticeKind::kFormatChanged, .subject = avcodec_get_name(packet.codec)});
  }
  if (clock_.jump_count() != jumps_seen_) {
    jumps_seen_ = clock_.jump_count();
    new_run_wanted_ = spacing_holds_ = true;
    return outlet_.notice({.kind = NoticeKind::kClockRepaired});
  }
  const PictureLane::Picture picture = picture_of(packet);
  if (!pictures_->has_gap_before(picture)) return {};
  new_run_wanted_ = spacing_holds_ = true;
  return outlet_.notice(
      {.kind = NoticeKind::kPicturesLost, .amount_ms = pictures_->gap_before_ms(picture)});
}

Outcome<> LiveStream::put_sound(LivePacket packet) {
  if (spec_.audio.empty()) return {};
  auto taken = sound_intake_.take(std::move(packet));
  if (!taken) return std::unexpected(taken.error());
  for (LivePacket& each : *taken) {
    const bool fits = running_ && *sound_intake_.format() == sound_->format();
    if (fits) {
      sound_->put(std::move(each.packet), each.samples);
      if (!sound_only_) continue;
      if (auto done = sound_->advance(sound_->end()); !done) return done;
      continue;
    }
    new_run_wanted_ = new_run_wanted_ || running_;
    if (sound_only_ && running_) {
      if (auto done = end_run(); !done) return done;
    }
    if (auto done = wait_with(std::move(each)); !done) return done;
  }
  return {};
}

Outcome<> LiveStream::wait_with(LivePacket packet) {
  if (waiting_.size() >= kWaitingMax) waiting_.pop_front();
  waiting_.push_back(std::move(packet));
  return running_ ? Outcome<>{} : begin_if_ready(AtEnd::kNo);
}

std::vector<int64_t> LiveStream::waiting_decode_times() const {
  std::vector<int64_t> times;
  for (const LivePacket& packet : waiting_) {
    if (packet.of_video()) times.push_back(ticks_of(packet.packet->dts));
  }
  return times;
}

Outcome<> LiveStream::begin_if_ready(AtEnd at_end) {
  const auto times = waiting_decode_times();
  if (times.empty()) return begin_sound_only_if_due(at_end);
  const int64_t span = times.back() - times.front();
  const bool may_wait = at_end == AtEnd::kNo;
  if (!spacing_holds_) {
    if (times.size() < kSpacingTimesMin) return {};
    if (may_wait && times.size() < kSpacingTimes && span < kSpacingWaitMax) return {};
  }
  const bool sound_is_coming =
      !spec_.audio.empty() && !sound_intake_.format() && input_.announces(Timeline::Stream::kAudio);
  if (may_wait && sound_is_coming && span < ticks_of(input_.sound_late_max_us())) return {};
  return begin_run(times);
}

Outcome<> LiveStream::begin_run(const std::vector<int64_t>& times) {
  const auto first = std::ranges::find_if(waiting_, &LivePacket::of_video);
  if (!first_ || first->codec != codec_ || picture_form_.config() != config_) {
    auto decoded = decode_first_picture(*first, picture_form_.config(), spec_.limits);
    if (!decoded) return give_up_start(std::move(decoded.error()));
    first_ = std::move(*decoded);
    codec_ = first->codec;
    config_ = picture_form_.config();
  }
  const AVRational claimed = first_->rate.num > 0 ? first_->rate : input_.claimed_rate();
  if (!spacing_holds_) spacing_ = spacing_of(times, claimed);
  if (runs_ == 0) {
    plan_renditions();
    if (auto reported = report_probe(); !reported) return reported;
  } else if (passes_ && !may_pass(codec_, *first_->frame)) {
    // Another worker begins anew, with an encoder in the place of what was passed on.
    return job_failure(FailureReason::kCodecUnsupported, avcodec_get_name(codec_));
  }
  const SegmentStart start = next_start();
  ++runs_;
  if (auto begun = begin_pictures(*first, start); !begun) return begun;
  if (!spec_.audio.empty()) {
    if (auto begun = begin_sound(first->packet->pts, start); !begun) return begun;
  }
  running_ = true;
  new_run_wanted_ = spacing_holds_ = false;
  jumps_seen_ = clock_.jump_count();
  return replay();
}

/// No picture has come: there may be none.
Outcome<> LiveStream::begin_sound_only_if_due(AtEnd at_end) {
  if (waiting_.empty() || (runs_ > 0 && !sound_only_)) return {};
  const int64_t span = waiting_.back().packet->pts - waiting_.front().packet->pts;
  const bool pictures_may_come = input_.announces(Timeline::Stream::kVideo);
  const int64_t wait = sound_only_ ? 0 : pictures_may_come ? kPictureWaitMax_us : kSoundStart_us;
  if (at_end == AtEnd::kNo && span < wait) return {};
  sound_only_ = true;
  if (runs_ == 0) {
    if (auto reported = report_probe(); !reported) return reported;
  }
  const SegmentStart start = next_start();
  ++runs_;
  if (auto begun = begin_sound(waiting_.front().packet->pts, start); !begun) return begun;
  running_ = true;
  new_run_wanted_ = false;
  if (auto done = replay(); !done) return done;
  return sound_->advance(sound_->end());
}

/// Of a run: at the end of all tracks, or where the server wants the first.
SegmentStart LiveStream::next_start() const noexcept {
  if (runs_ > 0) return {.time = end_of_tracks(), .discontinuity = true};
  const auto first_us = static_cast<int64_t>(spec_.live.first_media_time_us);
  return {.time = av_rescale_q_rnd(first_us, kMicroseconds, kLiveTick, AV_ROUND_UP),
          .discontinuity = first_us > 0};
}

/// A key frame that cannot be decoded: the next one may be better.
Outcome<> LiveStream::give_up_start(JobFailure failure) {
  if (failure.reason != FailureReason::kDamaged || ++bad_starts_ > kBadStartsMax) {
    return std::unexpected(std::move(failure));
  }
  std::erase_if(waiting_, [](const LivePacket& packet) { return packet.of_video(); });
  return {};
}

int64_t LiveStream::end_of_tracks() const noexcept {
  return std::max(pictures_ ? pictures_->end() : 0, sound_ ? sound_->end() : 0);
}

Outcome<> LiveStream::report_probe() {
  if (part_target_ms_ == 0) {
    const int64_t frame_ticks = sound_only_ ? kLiveTick.den / 1000 : spacing_.frame_ticks;
    part_target_ms_ = part_target_ms(spec_.live.part_ms, frame_ticks);
  }
  worker::ProbeReport report{.container = input_.container(), .part_target_ms = part_target_ms_};
  report.container = report.container.substr(0, report.container.find(','));
  if (!sound_only_) {
    report.video_codec = avcodec_get_name(codec_);
    report.width = first_->width();
    report.height = first_->height();
    report.frame_rate_num = static_cast<uint32_t>(spacing_.rate.num);
    report.frame_rate_den = static_cast<uint32_t>(spacing_.rate.den);
    report.qualities = {spec_.live.source_quality};
  }
  if (!spec_.audio.empty()) {
    if (const auto& sound = sound_intake_.format()) {
      report.audio_codec = sound->codec == fmp4::Codec::kOpus ? "opus" : "aac";
      report.channels = sound->channels;
      report.sample_rate = sound->sample_rate;
    }
    report.qualities.push_back(spec_.audio.front().quality);
  }
  for (const worker::RungSpec& rung : rungs_) report.qualities.push_back(rung.quality);
  return outlet_.probe(report);
}

/// What the first run shows decides for all that follow: the renditions of a stream stay.
void LiveStream::plan_renditions() {
  passes_ = spec_.live.pass_through == worker::PassThrough::kWherePossible &&
            may_pass(codec_, *first_->frame);
  const PictureSize shown = shown_size_of(*first_->frame);
  const auto lines = static_cast<uint32_t>(std::min(shown.width, shown.height));
  for (const worker::RungSpec& rung : spec_.ladder) {
    // The encoders of the others place key frames where they like, or late.
    if (rung.codec == fmp4::Codec::kH264 && rung.height < lines) rungs_.push_back(rung);
  }
}

Outcome<> LiveStream::begin_pictures(const LivePacket& first, const SegmentStart& start) {
  const PictureLane::Run run{
      .clock = PictureClock(spacing_, {.start = start.time,
                                       .first_dts = ticks_of(first.packet->dts),
                                       .first_pts = ticks_of(first.packet->pts)}),
      .plan = SegmentPlan(longest_segment(spec_.live.target_duration_s, kLiveTick.den)),
      .discontinuity = start.discontinuity};
  if (!pictures_) pictures_.emplace(part_target_ms_);
  if (passes_) {
    if (auto announced = announce_pictures(run.clock.reorder_delay()); !announced) {
      return announced;
    }
  }
  pictures_->begin(run);
  return begin_ladder(first, start);
}

Outcome<> LiveStream::announce_pictures(int64_t reorder_delay) {
  fmp4::TrackFormat format =
      passed_format(*PictureForm::passable(codec_), *first_, picture_form_.config());
  format.reorder_delay = static_cast<uint32_t>(reorder_delay);
  if (spacing_.constant) format.frame_duration = static_cast<uint32_t>(spacing_.frame_ticks);
  const auto track = tracks_.announce(spec_.live.source_quality, format);
  if (!track) return std::unexpected(track.error());
  if (!pictures_->passes()) {
    pictures_->pass_to(outlet_, {.track = *track, .sequence = spec_.live.first_sequence});
  }
  return {};
}

Outcome<> LiveStream::begin_ladder(const LivePacket& first, const SegmentStart& start) {
  const PictureSize shown = shown_size_of(*first_->frame);
  if (ladder_ == nullptr) {
    LiveLadder::Settings settings{.rungs = rungs_,
                                  .first_sequence = spec_.live.first_sequence,
                                  .part_target_ms = part_target_ms_,
                                  .thread_count = thread_count_for(spec_.thread_count),
                                  .lag_max_ms = spec_.live.rung_lag_max_ms,
                                  .thumbnail_ms = spec_.live.thumbnail_ms,
                                  .pixels_max = spec_.limits.pixels_max};
    if (!passes_) settings.source = source_rung(spec_, shown, spacing_.rate);
    const bool idle = rungs_.empty() && passes_ && settings.thumbnail_ms == 0;
    if (idle) return {};
    ladder_ = std::make_unique<LiveLadder>(settings, tracks_, outlet_);
  }
  ladder_run_ = std::make_shared<LadderRun>(
      LadderRun{.codec = codec_parameters(first, picture_form_.config()),
                .spacing = spacing_,
                .shown = shown,
                .start = start});
  return {};
}

Outcome<> LiveStream::begin_sound(int64_t source_us, const SegmentStart& start) {
  const SoundFormat sound = sound_intake_.format().value_or(silent_format());
  const auto track =
      tracks_.announce(spec_.audio.front().quality, {.codec = sound.codec,
                                                     .timescale = sound.sample_rate,
                                                     .channels = sound.channels,
                                                     .sample_rate = sound.sample_rate,
                                                     .decoder_config = sound.config});
  if (!track) return std::unexpected(track.error());
  if (!sound_) {
    sound_.emplace(outlet_,
                   PartCutter::Track{.track = *track, .sequence = spec_.live.first_sequence},
                   part_target_ms_);
  }
  std::optional<SegmentPlan> plan;
  if (sound_only_) {
    plan.emplace(longest_segment(spec_.live.target_duration_s, sound.sample_rate));
  }
  return sound_->begin({.format = sound,
                        .start = start,
                        .source_us = source_us,
                        .late_max = ticks_of(input_.sound_late_max_us()),
                        .plan = std::move(plan)});
}

Outcome<> LiveStream::replay() {
  std::deque<LivePacket> waiting = std::exchange(waiting_, {});
  for (LivePacket& packet : waiting) {
    if (packet.of_video()) {
      if (auto passed = pass_picture(packet); !passed) return passed;
    } else if (sound_) {
      sound_->put(std::move(packet.packet), packet.samples);
    }
  }
  return {};
}

PictureLane::Picture LiveStream::picture_of(const LivePacket& packet) const {
  const AVPacket& raw = *packet.packet;
  return {.dts = ticks_of(raw.dts),
          .pts = ticks_of(raw.pts),
          .key = packet.key(),
          .bytes = {raw.data, static_cast<size_t>(raw.size)}};
}

Outcome<> LiveStream::pass_picture(const LivePacket& packet) {
  const auto placed = pictures_->put(picture_of(packet));
  if (!placed) return std::unexpected(placed.error());
  if (ladder_ != nullptr) {
    if (placed->segment) ladder_->begin_segment(*placed->segment);
    ladder_->put({.run = std::exchange(ladder_run_, nullptr),
                  .packet = PacketPtr(av_packet_clone(packet.packet.get())),
                  .shown = placed->shown,
                  .key = packet.key()});
  }
  if (placed->segment) {
    if (auto told = tell(packet); !told) return told;
    if (sound_) sound_->begin_segment(*placed->segment);
  }
  return sound_ ? sound_->advance(pictures_->end()) : Outcome<>{};
}

/// What is worth saying once a segment.
Outcome<> LiveStream::tell(const LivePacket& packet) {
  if (dropped_ > 0) {
    if (auto told = outlet_.notice({.kind = NoticeKind::kPacketsDropped,
                                    .subject = fmt::format("{}", std::exchange(dropped_, 0))});
        !told) {
      return told;
    }
  }
  const auto late = punctuality_.note(packet.packet->dts, std::chrono::steady_clock::now());
  if (!late) return {};
  return outlet_.notice(
      {.kind = NoticeKind::kLate, .amount_ms = static_cast<uint64_t>(late->count())});
}

Outcome<> LiveStream::end_run() {
  running_ = false;
  if (sound_only_) return sound_->finish(sound_->end());
  if (auto done = pictures_->finish(); !done) return done;
  return sound_ ? sound_->finish(pictures_->end()) : Outcome<>{};
}

Outcome<> LiveStream::finish() {
  if (!running_) {
    if (auto begun = begin_if_ready(AtEnd::kYes); !begun) return begun;
  }
  if (runs_ == 0) {
    return clock_.started()
               ? job_failure(FailureReason::kNoDuration, "it ended before its first pictures")
               : job_failure(FailureReason::kNotMedia, "no packet in all that came");
  }
  if (running_) {
    if (auto ended = end_run(); !ended) return ended;
  }
  if (ladder_ != nullptr) {
    if (auto done = ladder_->finish(); !done) return done;
  }
  return tracks_.finish();
}

}  // namespace millrace::media::ffmpeg
