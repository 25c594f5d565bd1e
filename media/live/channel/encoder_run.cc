#include "media/live/channel/encoder_run.h"

#include <algorithm>
#include <utility>

#include "core/core.h"
#include "core/log.h"

namespace millrace::media::live {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::Task;
using core::log::Level;

std::string_view name_of(worker::NoticeKind kind) {
  switch (kind) {
    case worker::NoticeKind::kRungDropped:
      return "live.rung_dropped";
    case worker::NoticeKind::kClockRepaired:
      return "live.clock_repaired";
    case worker::NoticeKind::kSilenceFilled:
      return "live.silence_filled";
    case worker::NoticeKind::kFormatChanged:
      return "live.format_changed";
    case worker::NoticeKind::kPicturesLost:
      return "live.pictures_lost";
    case worker::NoticeKind::kPacketsDropped:
      return "live.packets_dropped";
    case worker::NoticeKind::kLate:
      return "live.publisher_late";
    case worker::NoticeKind::kNotPassedOn:
      return "live.not_passed_on";
  }
  return "live.notice";
}

PartPlace place_of(const worker::CheckedPart& part) {
  if (part.discontinuity) return PartPlace::kAfterDiscontinuity;
  return part.starts_segment ? PartPlace::kBeginsSegment : PartPlace::kWithinSegment;
}

}  // namespace

EncoderRun::EncoderRun(RunTarget& target, worker::JobSpec spec, std::string peer)
    : target_(target),
      spec_(std::move(spec)),
      peer_(std::move(peer)),
      last_bytes_(core::Core::current().now()) {}

Task<Result<>> EncoderRun::write(std::span<const std::byte> bytes) {
  if (ending_ != Ending::kOpen) co_return fail(ErrorCode::kClosed, "the stream was taken over");
  last_bytes_ = core::Core::current().now();
  co_return co_await feed_.write(bytes);
}

void EncoderRun::end(Ending ending) noexcept {
  if (ending_ != Ending::kOpen) return;
  ending_ = ending;
  feed_.finish();
}

Task<worker::JobResult> EncoderRun::run(core::ControlThread& control, worker::WorkerProgram program,
                                        const Place& place, core::Cancellation& cancellation) {
  spec_.live.first_media_time_us = static_cast<uint64_t>(place.media_time.count());
  spec_.live.part_target_ms = place.part_target_ms;
  spec_.live.first_sequence = place.sequence;
  next_sequence_ = place.sequence;
  co_return co_await worker::run_live_job(control, std::move(program), spec_, feed_, *this,
                                          &cancellation);
}

Task<Result<>> EncoderRun::on_probe(const worker::ProbeReport& probe) {
  stream_ = target_.stream_for(probe.part_target_ms);
  if (stream_ == nullptr) co_return fail(ErrorCode::kClosed, "the stream has ended");
  core::log::event(Level::kInfo, "live.probed",
                   {{"stream", stream_->name()},
                    {"video", probe.video_codec},
                    {"width", probe.width},
                    {"height", probe.height},
                    {"audio", probe.audio_codec},
                    {"part_target_ms", probe.part_target_ms}});
  co_return Result<>{};
}

Task<Result<>> EncoderRun::on_track(const worker::CheckedTrack& track) {
  const size_t index = track.report.track;
  if (index >= renditions_.size()) renditions_.resize(index + 1);
  if (const auto known = stream_->find_rendition(track.report.quality)) {
    renditions_[index] = *known;
    co_return stream_->set_format(*known, track.format);
  }
  const auto added =
      stream_->add_rendition({.quality = track.report.quality, .format = track.format});
  if (!added) co_return std::unexpected(added.error());
  renditions_[index] = *added;
  co_return Result<>{};
}

Task<Result<>> EncoderRun::on_part(const worker::CheckedPart& part) {
  const Result<> appended =
      stream_->append(renditions_[part.track], {.place = place_of(part),
                                                .independent = part.independent,
                                                .decode_time = part.fragment.decode_time,
                                                .duration = part.fragment.duration,
                                                .bytes = part.bytes});
  next_sequence_ = std::max(next_sequence_, part.fragment.sequence + 1);
  if (!appended) {
    core::log::event(Level::kError, "live.part_refused",
                     {{"stream", stream_->name()}, {"error", appended.error()}});
  }
  target_.on_progress();
  co_return appended;
}

Task<Result<>> EncoderRun::on_notice(const worker::Notice& notice) {
  core::log::event(Level::kWarning, name_of(notice.kind),
                   {{"stream", stream_ != nullptr ? std::string_view(stream_->name()) : ""},
                    {"subject", notice.subject},
                    {"amount_ms", notice.amount_ms}});
  co_return Result<>{};
}

Task<Result<>> EncoderRun::on_log(const worker::LogLine& line) {
  core::log::event(line.level == worker::LogLevel::kWarning ? Level::kWarning : Level::kDebug,
                   "live.worker", {{"text", line.text}});
  co_return Result<>{};
}

}  // namespace millrace::media::live
