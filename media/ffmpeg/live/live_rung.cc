#include "media/ffmpeg/live/live_rung.h"

#include <algorithm>
#include <utility>

#include "media/ffmpeg/rendition.h"

namespace millrace::media::ffmpeg {
namespace {

using worker::job_failure;

// 12 MiB: 9 frames of 720p. Deeper, and the other rungs would wait later, not less.
constexpr size_t kQueueBytesMax = 12 << 20;
// Below, slices on several threads cost more than they gain; rungs run beside each other anyway.
constexpr int kSlicedHeight = 700;
// Key frames come where the publisher has them; the encoder's own are for one who has none.
constexpr int64_t kLongestGop_s = 10;

uintptr_t role_of(const AVFrame& frame) noexcept {
  return reinterpret_cast<uintptr_t>(frame.opaque);
}

}  // namespace

LiveRung::~LiveRung() {
  if (frames_) frames_->abandon();
  if (thread_.joinable()) thread_.join();
}

Outcome<> LiveRung::begin(const Run& run) {
  run_ = run;
  const FrameGrid grid{.rate = run.spacing.rate};
  auto encoder = open_video_encoder(
      {.rung = {.spec = settings_.spec, .size = run.size},
       .grid = grid,
       .frames_per_gop = grid.frame_at(kLongestGop_s * 1'000'000),
       .colour = run.colour,
       .thread_count = run.size.height >= kSlicedHeight ? settings_.thread_count : 1,
       .use = EncoderUse::kLive});
  if (!encoder) return std::unexpected(encoder.error());
  encoder_ = std::move(*encoder);
  encoder_.format.timescale = worker::kLiveTimescale;
  encoder_.format.reorder_delay = 0;
  encoder_.format.frame_duration =
      run.spacing.constant ? static_cast<uint32_t>(run.spacing.frame_ticks) : 0;
  const auto track = tracks_.announce(settings_.spec.quality, encoder_.format);
  if (!track) return std::unexpected(track.error());
  if (!cutter_) {
    cutter_.emplace(outlet_,
                    PartCutter::Track{.track = *track, .sequence = settings_.first_sequence});
  }
  const int64_t part_target = int64_t{settings_.part_target_ms} * kLiveTick.den / 1000;
  cutter_->set_format(part_target, run.spacing.frame_ticks);
  cutter_->advance_to(static_cast<uint64_t>(run.start));
  clock_.emplace(
      run.spacing,
      PictureClock::Start{.start = run.start, .first_dts = run.start, .first_pts = run.start});
  placed_.clear();
  frame_count_ = 0;
  frames_.emplace(kQueueBytesMax);
  thread_ = std::thread([this] {
    lower_thread_priority(settings_.yield_steps);
    if (auto done = work(); !done && !frames_->abandoned()) {
      outlet_.log(worker::LogLevel::kWarning,
                  fmt::format("{}: {}", settings_.spec.quality, done.error().detail));
    }
    frames_->abandon();
  });
  return {};
}

bool LiveRung::put(FramePtr frame) { return frames_->push(std::move(frame)); }

void LiveRung::end_run() {
  if (!frames_) return;
  frames_->close();
  if (thread_.joinable()) thread_.join();
}

void LiveRung::drop() {
  if (frames_) frames_->abandon();
  if (thread_.joinable()) thread_.join();
  static_cast<void>(tracks_.finish(settings_.spec.quality));
}

Outcome<> LiveRung::work() {
  while (FramePtr frame = frames_->pop()) {
    if (auto done = encode(std::move(frame)); !done) return done;
  }
  if (frames_->abandoned()) return {};
  if (const int error = avcodec_send_frame(encoder_.codec.get(), nullptr); error < 0) {
    return av_failure(FailureReason::kEncoderFailed, "encoding a picture", error);
  }
  if (auto done = take_packets(); !done) return done;
  return cutter_->cut();
}

Outcome<> LiveRung::encode(FramePtr frame) {
  const uintptr_t role = role_of(*frame);
  placed_.push_back({.times = clock_->place(frame->pts, frame->pts),
                     .start = {.segment = (role & FrameRole::kSegment) != 0,
                               .discontinuity = (role & FrameRole::kDiscontinuity) != 0}});
  frame->pict_type = (role & FrameRole::kKey) != 0 ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
  frame->pts = frame_count_++;
  if (const int error = avcodec_send_frame(encoder_.codec.get(), frame.get()); error < 0) {
    return av_failure(FailureReason::kEncoderFailed, "encoding a picture", error);
  }
  return take_packets();
}

Outcome<> LiveRung::take_packets() {
  const PacketPtr packet = new_packet();
  while (true) {
    const int error = avcodec_receive_packet(encoder_.codec.get(), packet.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return {};
    if (error < 0) return av_failure(FailureReason::kEncoderFailed, "encoding a picture", error);
    auto written = write(*packet);
    av_packet_unref(packet.get());
    if (!written) return written;
  }
}

/// Packets come in the order of the frames: none is reordered.
Outcome<> LiveRung::write(const AVPacket& packet) {
  if (placed_.empty()) {
    return job_failure(FailureReason::kEncoderFailed, "a packet of no picture");
  }
  const Placed placed = placed_.front();
  placed_.pop_front();
  return cutter_->add({.duration = static_cast<uint32_t>(placed.times.duration),
                       .size = static_cast<uint32_t>(packet.size),
                       .composition_offset = static_cast<int32_t>(placed.times.composition_offset),
                       .key = (packet.flags & AV_PKT_FLAG_KEY) != 0},
                      {packet.data, static_cast<size_t>(packet.size)}, placed.start);
}

}  // namespace millrace::media::ffmpeg
