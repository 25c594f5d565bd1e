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

/// A worker that lives so long has not failed because of how the stream began.
constexpr std::chrono::minutes kStableTime{1};
/// In quick succession. A stream that ends each of them would only burn the machine's time.
constexpr uint32_t kRestartsMax = 3;

PartPlace place_of(const worker::CheckedPart& part) {
  if (part.discontinuity) return PartPlace::kAfterDiscontinuity;
  return part.starts_segment ? PartPlace::kBeginsSegment : PartPlace::kWithinSegment;
}

}  // namespace

EncoderRun::EncoderRun(RunTarget& target, worker::JobSpec spec, IngestContainer container,
                       std::string peer)
    : target_(target),
      spec_(std::move(spec)),
      peer_(std::move(peer)),
      rejoin_(Rejoin::create(container)),
      last_bytes_(core::Core::current().now()) {}

Task<Result<>> EncoderRun::write(std::span<const std::byte> bytes) {
  if (ending_ != Ending::kOpen || closed_) {
    co_return fail(ErrorCode::kClosed, "the stream was taken over, or has ended");
  }
  last_bytes_ = core::Core::current().now();
  size_ += bytes.size();
  const auto place = rejoin_->follow(bytes);
  if (!place) co_return std::unexpected(place.error());
  const std::shared_ptr<worker::LiveFeed> feed = feed_;
  Result<> written;
  if (must_rejoin_) {
    if (!*place) co_return Result<>{};
    must_rejoin_ = false;
    written = co_await feed->write(rejoin_->head());
    bytes = bytes.subspan(**place);
  }
  if (written) written = co_await feed->write(bytes);
  // The worker has failed, and these bytes with it: there may be another one for those that follow.
  const bool is_lost = !written && written.error().code == ErrorCode::kClosed && !closed_ &&
                       ending_ == Ending::kOpen;
  co_return is_lost ? Result<>{} : written;
}

void EncoderRun::end(Ending ending) noexcept {
  if (ending_ != Ending::kOpen) return;
  ending_ = ending;
  feed_->finish();
}

Task<worker::JobResult> EncoderRun::run(core::ControlThread& control,
                                        const worker::WorkerProgram& program,
                                        core::Cancellation& cancellation) {
  core::Core& home = core::Core::current();
  for (;;) {
    const core::MonotonicTime began = home.now();
    const worker::JobResult result = co_await run_once(control, program, cancellation);
    const bool is_over = result || ending_ != Ending::kOpen || cancellation.requested() ||
                         !is_worth_another(result.error(), home.now() - began);
    if (is_over) {
      closed_ = true;
      co_return result;
    }
    core::log::event(Level::kWarning, "live.worker_replaced",
                     {{"stream", stream_ != nullptr ? std::string_view(stream_->name()) : ""},
                      {"reason", to_string(result.error().reason)},
                      {"detail", result.error().detail}});
    feed_ = std::make_shared<worker::LiveFeed>();
    must_rejoin_ = true;
  }
}

bool EncoderRun::is_worth_another(const worker::JobFailure& failure,
                                  std::chrono::nanoseconds lifetime) {
  if (lifetime > kStableTime) restarts_ = 0;
  return worker::may_retry(failure.reason) && ++restarts_ <= kRestartsMax;
}

Task<worker::JobResult> EncoderRun::run_once(core::ControlThread& control,
                                             const worker::WorkerProgram& program,
                                             core::Cancellation& cancellation) {
  const RunTarget::Place place = target_.place();
  spec_.live.first_media_time_us = static_cast<uint64_t>(place.media_time.count());
  spec_.live.part_target_ms = place.part_target_ms;
  spec_.live.first_sequence = std::max(next_sequence_, place.sequence);
  next_sequence_ = spec_.live.first_sequence;
  renditions_.clear();
  const std::shared_ptr<worker::LiveFeed> feed = feed_;
  co_return co_await worker::run_live_job(control, program, spec_, *feed, *this, &cancellation);
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
