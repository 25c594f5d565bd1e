#include "media/ffmpeg/live/live_stream.h"

#include <algorithm>
#include <utility>

#include "media/ffmpeg/live/source_plan.h"
#include "media/ffmpeg/surroundings.h"

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;
using worker::NoticeKind;

// IG-11: a step of the publisher's clock by more than this is a jump.
constexpr int64_t kLongestGap_us = 10'000'000;
// 0.27 s at 30 frames a second, and no longer than a second of a slow source.
constexpr size_t kSpacingTimes = 9;
constexpr int64_t kSpacingWaitMax = kLiveTick.den;
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
      part_target_ms_(spec.live.part_target_ms) {}

Outcome<> LiveStream::put(LivePacket packet) {
  if (outlet_.failed()) return outlet_.verdict();
  return packet.of_video() ? put_picture(std::move(packet)) : put_sound(std::move(packet));
}

/// Onto a clock that runs on without jumps and begins at 0. False: a packet without any time.
bool LiveStream::repair_times(LivePacket& packet) {
  AVPacket& raw = *packet.packet;
  if (raw.dts == AV_NOPTS_VALUE) raw.dts = raw.pts;
  if (raw.dts == AV_NOPTS_VALUE) return false;
  if (raw.pts == AV_NOPTS_VALUE) raw.pts = raw.dts;
  if (!timeline_) {
    timeline_.emplace(Timeline::Options{.zero_us = raw.dts, .longest_gap_us = kLongestGap_us});
  }
  const int64_t correction = timeline_->correction_us(packet.kind, raw.dts, raw.duration);
  raw.dts = av_sat_add64(raw.dts, correction);
  raw.pts = av_sat_add64(raw.pts, correction);
  return true;
}

Outcome<> LiveStream::put_picture(LivePacket packet) {
  if (!repair_times(packet) || !picture_form_.convert(packet) || packet.packet->dts <= last_dts_) {
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
  if (timeline_->jump_count() != jumps_seen_) {
    jumps_seen_ = timeline_->jump_count();
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
  const bool readable = sound_form_.convert(packet);
  if (readable && sound_form_.format()) measure(packet);
  if (!readable || !repair_times(packet)) {
    ++dropped_;
    return {};
  }
  if (!sound_form_.format()) return {};
  if (!running_) return wait_with(std::move(packet));
  if (*sound_form_.format() != sound_->format()) {
    new_run_wanted_ = true;
    return wait_with(std::move(packet));
  }
  sound_->put(std::move(packet.packet), packet.samples);
  return {};
}

/// Of several packets that came under one time, each follows the one before.
void LiveStream::measure(LivePacket& packet) {
  AVPacket& raw = *packet.packet;
  packet.samples = sound_form_.packet_samples();
  raw.duration = av_rescale(packet.samples, kMicroseconds.den, sound_form_.format()->sample_rate);
  if (raw.pts == AV_NOPTS_VALUE || raw.pts == sound_time_) {
    raw.pts = raw.dts = sound_end_;
  } else {
    sound_time_ = raw.pts;
  }
  sound_end_ = raw.pts == AV_NOPTS_VALUE ? raw.pts : av_sat_add64(raw.pts, raw.duration);
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
  if (times.empty()) return {};
  const int64_t span = times.back() - times.front();
  const bool may_wait = at_end == AtEnd::kNo;
  if (!spacing_holds_) {
    if (times.size() < kSpacingTimesMin) return {};
    if (may_wait && times.size() < kSpacingTimes && span < kSpacingWaitMax) return {};
  }
  const bool sound_is_coming =
      !spec_.audio.empty() && !sound_form_.format() && input_.announces(Timeline::Stream::kAudio);
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
  const bool goes_on = runs_ == 0 && spec_.live.first_media_time_us == 0;
  const SegmentStart start{.time = runs_ == 0 ? first_time() : end_of_tracks(),
                           .discontinuity = !goes_on};
  ++runs_;
  if (auto begun = begin_pictures(*first, start); !begun) return begun;
  if (!spec_.audio.empty()) {
    if (auto begun = begin_sound(first->packet->pts, start); !begun) return begun;
  }
  running_ = true;
  new_run_wanted_ = spacing_holds_ = false;
  jumps_seen_ = timeline_->jump_count();
  return replay();
}

/// A key frame that cannot be decoded: the next one may be better.
Outcome<> LiveStream::give_up_start(JobFailure failure) {
  if (failure.reason != FailureReason::kDamaged || ++bad_starts_ > kBadStartsMax) {
    return std::unexpected(std::move(failure));
  }
  std::erase_if(waiting_, [](const LivePacket& packet) { return packet.of_video(); });
  return {};
}

int64_t LiveStream::first_time() const noexcept {
  return av_rescale_q_rnd(static_cast<int64_t>(spec_.live.first_media_time_us), kMicroseconds,
                          kLiveTick, AV_ROUND_UP);
}

int64_t LiveStream::end_of_tracks() const noexcept {
  return std::max(pictures_ ? pictures_->end() : 0, sound_ ? sound_->end() : 0);
}

Outcome<> LiveStream::report_probe() {
  if (part_target_ms_ == 0) {
    part_target_ms_ = part_target_ms(spec_.live.part_ms, spacing_.frame_ticks);
  }
  worker::ProbeReport report{.container = input_.container(),
                             .video_codec = avcodec_get_name(codec_),
                             .width = first_->width(),
                             .height = first_->height(),
                             .frame_rate_num = static_cast<uint32_t>(spacing_.rate.num),
                             .frame_rate_den = static_cast<uint32_t>(spacing_.rate.den),
                             .qualities = {spec_.live.source_quality},
                             .part_target_ms = part_target_ms_};
  report.container = report.container.substr(0, report.container.find(','));
  if (!spec_.audio.empty()) {
    if (const auto& sound = sound_form_.format()) {
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
  const SoundFormat sound = sound_form_.format().value_or(silent_format());
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
  return sound_->begin({.format = sound,
                        .start = start,
                        .source_us = source_us,
                        .late_max = ticks_of(input_.sound_late_max_us()),
                        .plan = std::nullopt});
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
  if (!sound_) return {};
  if (placed->segment) sound_->begin_segment(*placed->segment);
  return sound_->advance(pictures_->end());
}

Outcome<> LiveStream::end_run() {
  running_ = false;
  if (auto done = pictures_->finish(); !done) return done;
  return sound_ ? sound_->finish(pictures_->end()) : Outcome<>{};
}

Outcome<> LiveStream::finish() {
  if (!running_) {
    if (auto begun = begin_if_ready(AtEnd::kYes); !begun) return begun;
  }
  if (runs_ == 0) {
    return timeline_ ? job_failure(FailureReason::kNoDuration, "it ended before its first pictures")
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
