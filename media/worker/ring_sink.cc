#include "media/worker/ring_sink.h"

#include <algorithm>
#include <cmath>

#include "core/clock.h"
#include "core/utf8.h"

namespace millrace::media::worker {
namespace {

using core::ErrorCode;
using core::Result;

constexpr std::chrono::nanoseconds kProgressInterval = std::chrono::milliseconds{250};
constexpr uint32_t kLogCountMax = 500;  // Half of what the server accepts.
// A fifth of what the server accepts, 40 of them at once.
constexpr std::chrono::nanoseconds kNoticeInterval = std::chrono::milliseconds{500};
constexpr int64_t kNoticesAtOnce = 40;

int64_t now_ns() { return core::SystemClock{}.now().time_since_epoch().count(); }

/// Into a range, whatever it is: an estimate that went wrong must not end the job.
double within(double value, double low, double high) noexcept {
  return std::isfinite(value) ? std::clamp(value, low, high) : low;
}

}  // namespace

std::string printable(std::string_view text, size_t size_max) {
  std::string repaired = core::repair_utf8(text);
  std::string out;
  for (size_t at = 0; at < repaired.size();) {
    const size_t size =
        std::max<size_t>(core::utf8_sequence_size(std::string_view(repaired).substr(at)), 1);
    const std::string_view character = std::string_view(repaired).substr(at, size);
    out += core::is_printable_utf8(character) ? character : std::string_view(" ");
    at += size;
  }
  return std::string(core::truncate_utf8(out, size_max));
}

Result<> RingSink::probe(const ProbeReport& report) {
  ProbeReport clean = report;
  clean.container = printable(report.container, kNameSizeMax);
  clean.video_codec = printable(report.video_codec, kNameSizeMax);
  clean.audio_codec = printable(report.audio_codec, kNameSizeMax);
  return reports_.write(UpRecord::kProbe, clean);
}

Result<> RingSink::source_length(const SourceLength& length) {
  return reports_.write(UpRecord::kSourceLength, length);
}

Result<> RingSink::track(const TrackReport& report) {
  if (report.init_segment.size() > kInitSegmentSizeMax) {
    return core::fail(ErrorCode::kTooLarge, "init segment over its limit");
  }
  return reports_.write(UpRecord::kTrack, report);
}

Result<> RingSink::fragment(const FragmentReport& report) {
  if (report.bytes.size() > kFragmentSizeMax) {
    return core::fail(ErrorCode::kTooLarge, "fragment over its limit");
  }
  WireWriter head;
  head.u32(report.track);
  return reports_.write(UpRecord::kFragment, {head.view(), report.bytes});
}

Result<> RingSink::track_done(uint32_t track) {
  WireWriter head;
  head.u32(track);
  return reports_.write(UpRecord::kTrackDone, {head.view()});
}

Result<> RingSink::part(const PartReport& report) {
  if (report.bytes.size() > kFragmentSizeMax) {
    return core::fail(ErrorCode::kTooLarge, "part over its limit");
  }
  WireWriter head;
  head.u32(report.track);
  head.u8(report.flags);
  return reports_.write(UpRecord::kPart, {head.view(), report.bytes});
}

/// Each notice costs an interval of a budget that time refills.
Result<> RingSink::notice(const Notice& notice) {
  const int64_t now = now_ns();
  const int64_t full = now - kNoticesAtOnce * kNoticeInterval.count();
  int64_t from = notices_from_ns_.load(std::memory_order_relaxed);
  do {
    if (from > now) return {};
  } while (!notices_from_ns_.compare_exchange_weak(from,
                                                   std::max(from, full) + kNoticeInterval.count()));
  Notice clean = notice;
  clean.subject = printable(notice.subject, kNoticeSubjectSizeMax);
  return reports_.write(UpRecord::kNotice, clean);
}

Result<> RingSink::image(const ImageReport& report) {
  if (report.jpeg.size() > kImageSizeMax) {
    return core::fail(ErrorCode::kTooLarge, "image over its limit");
  }
  return reports_.write(UpRecord::kImage, report);
}

Result<> RingSink::progress(const Progress& progress) {
  const int64_t now = now_ns();
  int64_t due = next_progress_ns_.load(std::memory_order_relaxed);
  if (now < due) return {};
  // Of several threads that find it due, one reports.
  if (!next_progress_ns_.compare_exchange_strong(due, now + kProgressInterval.count())) return {};
  return reports_.write(UpRecord::kProgress,
                        Progress{.fraction = within(progress.fraction, 0, 1),
                                 .fps = within(progress.fps, 0, 1e6),
                                 .speed = within(progress.speed, 0, 1e6),
                                 .seconds_left = within(progress.seconds_left, -1, 1e9)});
}

Result<> RingSink::validation(const ValidationReport& report) {
  return reports_.write(UpRecord::kValidation, report);
}

Result<> RingSink::export_bytes(std::span<const std::byte> bytes) {
  if (bytes.size() > kFragmentSizeMax) {
    return core::fail(ErrorCode::kTooLarge, "export over the limit of one report");
  }
  return reports_.write(UpRecord::kExportBytes, {bytes});
}

void RingSink::log(LogLevel level, std::string_view text) {
  if (log_count_.fetch_add(1, std::memory_order_relaxed) >= kLogCountMax) return;
  // A server that is gone shows at the next report.
  static_cast<void>(reports_.write(
      UpRecord::kLog, LogLine{.level = level, .text = printable(text, kLogTextSizeMax)}));
}

Result<> RingSink::finish(const JobResult& result) {
  if (result) return reports_.write(UpRecord::kDone, {});
  JobFailure failure = result.error();
  // The server knows best whether it cancelled; here it means that a Source or Sink gave up.
  if (failure.reason > FailureReason::kUnsupportedJob &&
      failure.reason != FailureReason::kOutOfMemory) {
    failure.reason = FailureReason::kInternal;
  }
  failure.detail = printable(failure.detail, kFailureDetailSizeMax);
  return reports_.write(UpRecord::kFailed, failure);
}

}  // namespace millrace::media::worker
