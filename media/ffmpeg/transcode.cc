#include "media/ffmpeg/transcode.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "media/ffmpeg/decoder.h"
#include "media/ffmpeg/input.h"
#include "media/ffmpeg/packet_times.h"
#include "media/ffmpeg/picture_track.h"
#include "media/ffmpeg/sound_track.h"
#include "media/ffmpeg/stream_checks.h"
#include "media/ffmpeg/surroundings.h"

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;

// 2 MiB: 5 s of PCM, more than picture and sound are apart in an ordinary file.
constexpr size_t kSoundQueueBytesMax = 2 << 20;
constexpr int kDecoderThreadsMax = 8;
constexpr int64_t kGapMax_us = 120'000'000;  // A slide show may keep a picture this long.

/// Where the presentation begins in the source's time: with the picture, or as many whole frames
/// before as the sound starts earlier. The picture falls on the output's grid without being moved
/// against the sound, of which less than a frame is cut: mostly what an encoder put in front.
int64_t zero_us(const Input& input, const FrameGrid& grid) noexcept {
  const int64_t video = Input::start_us(input.video());
  const int64_t audio = Input::start_us(input.audio());
  if (video == AV_NOPTS_VALUE) return audio == AV_NOPTS_VALUE ? 0 : audio;
  if (audio == AV_NOPTS_VALUE || audio >= video || video - audio > kGapMax_us) return video;
  const int64_t frames =
      av_rescale_q_rnd(video - audio, kMicroseconds, av_inv_q(grid.rate), AV_ROUND_DOWN);
  return video - grid.time_us(frames);
}

PictureSize shown_size_of(const Input& input, const Orientation& orientation) noexcept {
  const AVStream& stream = *input.video();
  const AVRational sar = input.sample_aspect_ratio();
  return shown_size({.coded = {stream.codecpar->width, stream.codecpar->height},
                     .sar_num = sar.num,
                     .sar_den = sar.den,
                     .turned = orientation.turned()});
}

class Transcode {
 public:
  Transcode(const worker::JobSpec& spec, Input& input, Outlet& outlet)
      : spec_(spec),
        input_(input),
        outlet_(outlet),
        meter_(outlet, input.duration_us()),
        thread_count_(thread_count_for(spec.thread_count)) {
    plan();
  }

  Outcome<> run() {
    if (auto started = start(); !started) return started;
    if (auto read = read_all(); !read) return read;
    if (auto checked = check_damage(); !checked) return checked;
    if (auto passed = outlet_.source_length(source_length()); !passed) return passed;
    return finish();
  }

 private:
  void plan();
  Outcome<> start();
  worker::ProbeReport probe_report() const;
  Outcome<> read_all();
  Outcome<> decode(AVStream& stream, AVPacket* packet);
  Outcome<> decode_picture(const AVPacket* packet);
  Outcome<> decode_sound(const AVPacket* packet);
  int64_t sound_time_us(const AVFrame& sound) const;
  int64_t sound_end_us() const;
  void measure_picture(const AVFrame& picture);
  void measure_sound(const AVFrame& sound);
  worker::SourceLength source_length() const;
  Outcome<> check_damage();
  Outcome<> finish();

  const worker::JobSpec& spec_;
  Input& input_;
  Outlet& outlet_;
  ProgressMeter meter_;
  int thread_count_;

  Orientation orientation_;
  PictureSize shown_;
  std::vector<LadderRung> ladder_;
  FragmentClock clock_;

  std::optional<Timeline> timeline_;
  std::optional<Decoder> picture_decoder_;
  std::optional<Decoder> sound_decoder_;
  std::vector<std::unique_ptr<RenditionThread>> sound_renditions_;
  std::unique_ptr<PictureTrack> pictures_;  ///< Null: the job makes no video.
  std::optional<SoundTrack> sound_;         ///< Empty: the job makes no sound.

  // Of what was decoded, before any of it is made into something else.
  int64_t picture_length_us_ = 0;
  double sound_length_s_ = 0;
};

void Transcode::plan() {
  if (const AVStream* video = input_.video()) {
    orientation_ = orientation_of(*video);
    shown_ = shown_size_of(input_, orientation_);
    ladder_ = plan_ladder(spec_.ladder, shown_);
    clock_.grid.rate =
        choose_frame_rate({.average = video->avg_frame_rate, .finest = video->r_frame_rate});
  }
  clock_.frames_per_gop = clock_.grid.frames_per_gop(spec_.gop_ms);
  const int64_t frames = clock_.grid.frame_at(input_.duration_us());
  clock_.fragment_count_expected =
      frames == 0 ? 0 : static_cast<uint32_t>(frames / clock_.frames_per_gop + 1);
}

worker::ProbeReport Transcode::probe_report() const {
  worker::ProbeReport report{.container = input_.container(),
                             .duration_us = static_cast<uint64_t>(input_.duration_us())};
  report.container = report.container.substr(0, report.container.find(','));
  if (const AVStream* video = input_.video()) {
    report.video_codec = avcodec_get_name(video->codecpar->codec_id);
    report.width = static_cast<uint32_t>(shown_.width);
    report.height = static_cast<uint32_t>(shown_.height);
    report.frame_rate_num = static_cast<uint32_t>(clock_.grid.rate.num);
    report.frame_rate_den = static_cast<uint32_t>(clock_.grid.rate.den);
  }
  for (const LadderRung& rung : ladder_) report.qualities.push_back(rung.spec.quality);
  if (const AVStream* audio = input_.audio()) {
    report.audio_codec = avcodec_get_name(audio->codecpar->codec_id);
    report.channels = static_cast<uint32_t>(audio->codecpar->ch_layout.nb_channels);
    report.sample_rate = static_cast<uint32_t>(audio->codecpar->sample_rate);
    for (const worker::AudioSpec& spec : spec_.audio) report.qualities.push_back(spec.quality);
  }
  return report;
}

Outcome<> Transcode::start() {
  if (auto probed = outlet_.probe(probe_report()); !probed) return probed;
  timeline_.emplace(Timeline::Options{.zero_us = zero_us(input_, clock_.grid),
                                      .longest_gap_us = longest_gap_us(input_.clock_may_jump())});
  if (input_.video() != nullptr && !ladder_.empty()) {
    auto decoder =
        Decoder::open(*input_.video(), {.thread_count = std::min(thread_count_, kDecoderThreadsMax),
                                        .pixels_max = spec_.limits.pixels_max});
    if (!decoder) return std::unexpected(decoder.error());
    picture_decoder_ = std::move(*decoder);
    pictures_ = std::make_unique<PictureTrack>(
        PictureTrack::Settings{
            .ladder = ladder_,
            .orientation = orientation_,
            .clock = clock_,
            .thread_count = thread_count_,
            .duration_us = input_.duration_us(),
            .duration_us_max = static_cast<int64_t>(spec_.limits.duration_ms_max) * 1000},
        outlet_, meter_);
  }
  if (input_.audio() != nullptr && !spec_.audio.empty()) {
    auto decoder = Decoder::open(*input_.audio(), {.thread_count = 1});
    if (!decoder) return std::unexpected(decoder.error());
    sound_decoder_ = std::move(*decoder);
    std::vector<FrameQueue*> queues;
    for (const worker::AudioSpec& spec : spec_.audio) {
      sound_renditions_.push_back(std::make_unique<RenditionThread>(
          AudioRendition{.spec = spec, .clock = clock_}, kSoundQueueBytesMax, outlet_));
      queues.push_back(&sound_renditions_.back()->frames());
    }
    sound_.emplace(std::move(queues));
  }
  if (pictures_ == nullptr && !sound_) {
    return job_failure(FailureReason::kNoStreams, "nothing of this file is in the ladder");
  }
  return {};
}

Outcome<> Transcode::read_all() {
  const PacketPtr packet = new_packet();
  while (!outlet_.failed()) {
    const auto more = input_.read(*packet);
    if (!more) return std::unexpected(more.error());
    if (!*more) break;
    const bool of_video =
        input_.video() != nullptr && packet->stream_index == input_.video()->index;
    if (auto done = decode(of_video ? *input_.video() : *input_.audio(), packet.get()); !done) {
      return done;
    }
  }
  if (pictures_ != nullptr) {
    if (auto done = decode_picture(nullptr); !done) return done;
    if (auto done = pictures_->flush(); !done) return done;
  }
  return sound_ ? decode_sound(nullptr) : Outcome<>{};
}

Outcome<> Transcode::decode(AVStream& stream, AVPacket* packet) {
  const bool of_video = &stream == input_.video();
  if (of_video ? pictures_ == nullptr : !sound_) return {};
  if (of_video || !input_.sound_has_no_gaps()) {
    repair_times(*timeline_, of_video ? Timeline::Stream::kVideo : Timeline::Stream::kAudio, stream,
                 *packet);
  }
  return of_video ? decode_picture(packet) : decode_sound(packet);
}

Outcome<> Transcode::decode_picture(const AVPacket* packet) {
  if (auto sent = picture_decoder_->send(packet); !sent) return sent;
  while (true) {
    auto frame = picture_decoder_->receive();
    if (!frame) return std::unexpected(frame.error());
    if (*frame == nullptr) return {};
    const AVRational time_base = input_.video()->time_base;
    AVFrame& picture = **frame;
    if (auto checked = check_picture_size(picture.width, picture.height, spec_.limits); !checked) {
      return checked;
    }
    picture.pts = picture.best_effort_timestamp == AV_NOPTS_VALUE
                      ? clock_.grid.time_us(pictures_->end_frame())
                      : av_rescale_q(picture.best_effort_timestamp, time_base, kMicroseconds);
    picture.pkt_duration =
        std::min(kGapMax_us, av_rescale_q(picture.pkt_duration, time_base, kMicroseconds));
    measure_picture(picture);
    if (auto done = pictures_->put(std::move(*frame)); !done) return done;
  }
}

Outcome<> Transcode::decode_sound(const AVPacket* packet) {
  if (auto sent = sound_decoder_->send(packet); !sent) return sent;
  while (true) {
    auto frame = sound_decoder_->receive();
    if (!frame) return std::unexpected(frame.error());
    if (*frame == nullptr) return {};
    AVFrame& sound = **frame;
    sound.pts = sound_time_us(sound);
    measure_sound(sound);
    const int64_t end_ms = std::max(sound.pts, sound_end_us()) / 1000;
    if (end_ms > static_cast<int64_t>(spec_.limits.duration_ms_max)) {
      return job_failure(FailureReason::kTooLong,
                         fmt::format("longer than {} s", spec_.limits.duration_ms_max / 1000));
    }
    if (auto done = sound_->put(sound); !done) return done;
    if (pictures_ == nullptr) {
      if (auto passed = meter_.advance(sound_end_us()); !passed) return passed;
    }
  }
}

int64_t Transcode::sound_end_us() const {
  return av_rescale_q(sound_->end(), {1, kOutputSampleRate}, kMicroseconds);
}

/// On the presentation's clock; AV_NOPTS_VALUE: right after the sound before.
int64_t Transcode::sound_time_us(const AVFrame& sound) const {
  if (!input_.sound_has_no_gaps()) {
    return sound.best_effort_timestamp == AV_NOPTS_VALUE
               ? AV_NOPTS_VALUE
               : av_rescale_q(sound.best_effort_timestamp, input_.audio()->time_base,
                              kMicroseconds);
  }
  const int64_t start = Input::start_us(input_.audio());
  if (sound_->end() > 0 || start == AV_NOPTS_VALUE) return AV_NOPTS_VALUE;
  return start - zero_us(input_, clock_.grid);
}

/// A picture is shown for one frame of the output at least.
void Transcode::measure_picture(const AVFrame& picture) {
  const int64_t shown = std::max(picture.pkt_duration, clock_.grid.time_us(1));
  picture_length_us_ = std::max(picture_length_us_, picture.pts + shown);
}

void Transcode::measure_sound(const AVFrame& sound) {
  if (sound.sample_rate <= 0) return;
  const double start =
      sound.pts == AV_NOPTS_VALUE ? sound_length_s_ : static_cast<double>(sound.pts) * 1e-6;
  sound_length_s_ =
      std::max(sound_length_s_, start + double(sound.nb_samples) / double(sound.sample_rate));
}

worker::SourceLength Transcode::source_length() const {
  uint64_t faults = timeline_->jump_count() + (input_.read_error().empty() ? 0 : 1);
  if (picture_decoder_) faults += static_cast<uint64_t>(picture_decoder_->error_count());
  if (sound_decoder_) faults += static_cast<uint64_t>(sound_decoder_->error_count());
  return {.video_us = static_cast<uint64_t>(picture_length_us_),
          .audio_us = static_cast<uint64_t>(std::llround(sound_length_s_ * 1e6)),
          .fault_count = static_cast<uint32_t>(std::min<uint64_t>(faults, UINT32_MAX))};
}

/// What nearly all of a file fails with is not worth showing; the rest is shown, and said.
Outcome<> Transcode::check_damage() {
  if (outlet_.failed()) return outlet_.verdict();
  const bool no_picture = pictures_ != nullptr && pictures_->empty();
  const bool no_sound = pictures_ == nullptr && sound_->end() == 0;
  const Decoder& decoder = picture_decoder_ ? *picture_decoder_ : *sound_decoder_;
  if (no_picture || no_sound) {
    return job_failure(
        decoder.packet_count() == 0 ? FailureReason::kNoDuration : FailureReason::kDamaged,
        fmt::format("nothing could be decoded from {} packets {}", decoder.packet_count(),
                    input_.read_error()));
  }
  if (decoder.error_count() > decoder.frame_count()) {
    return job_failure(FailureReason::kDamaged,
                       fmt::format("{} of {} packets could not be decoded", decoder.error_count(),
                                   decoder.packet_count()));
  }
  const auto warn = [this](std::string_view text) {
    outlet_.log(worker::LogLevel::kWarning, text);
  };
  if (decoder.error_count() > 0) {
    warn(fmt::format("{} of {} packets could not be decoded", decoder.error_count(),
                     decoder.packet_count()));
  }
  if (!input_.read_error().empty()) warn("reading stopped early: " + input_.read_error());
  if (timeline_->jump_count() > 0) {
    warn(fmt::format("the clock of the source jumped {} times", timeline_->jump_count()));
  }
  return {};
}

Outcome<> Transcode::finish() {
  const AVRational sample{1, kOutputSampleRate};
  int64_t end_frame = pictures_ != nullptr ? pictures_->end_frame() : 0;
  int64_t end_sample = sound_ ? sound_->end() : 0;
  if (pictures_ != nullptr && sound_) {
    const int64_t sound_us = av_rescale_q(end_sample, sample, kMicroseconds);
    if (sound_us - clock_.grid.time_us(end_frame) > kSoundOverhangMax_us) {
      end_frame = clock_.grid.frame_at(sound_us);
    }
    end_sample = av_rescale_q(end_frame, av_inv_q(clock_.grid.rate), sample);
  }
  // Sound first: its end needs only what is held back, and its threads work while the pictures end.
  if (sound_) {
    if (auto done = sound_->finish(end_sample); !done) return done;
    for (const auto& rendition : sound_renditions_) rendition->frames().close();
  }
  if (pictures_ != nullptr) {
    if (auto done = pictures_->finish(end_frame); !done) return done;
  }
  for (const auto& rendition : sound_renditions_) rendition->join();
  return outlet_.verdict();
}

}  // namespace

worker::JobResult run_transcode(const worker::JobSpec& spec, worker::Source& source,
                                worker::Sink& sink) {
  silence_libav();
  auto input = Input::open(source, spec.limits);
  if (!input) return std::unexpected(std::move(input.error()));
  if (input->clock_may_jump()) {
    const int64_t duration_us = scan_duration_us(*input, source.size());
    input = Input::open(source, spec.limits);  // The scan has read to its end.
    if (!input) return std::unexpected(std::move(input.error()));
    input->set_duration_us(duration_us);
  }
  Outlet outlet(sink);
  Outcome<> done;
  {
    Transcode transcode(spec, *input, outlet);
    done = transcode.run();
    // A feeder that stops because a rendition failed knows only that; the outlet knows why.
    if (!done) outlet.fail(done.error());
  }
  return outlet.verdict();
}

}  // namespace millrace::media::ffmpeg
