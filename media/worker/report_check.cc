#include "media/worker/report_check.h"

#include <algorithm>
#include <utility>

#include "media/fmp4/init_segment.h"

namespace millrace::media::worker {
namespace {

using core::ErrorCode;
using core::Result;

constexpr uint32_t kSeekCountMax = 1'000'000;  // 2 for every 300 KB of a 12 h, 8 Mbit/s file.
constexpr uint32_t kLogCountMax = 1000;
constexpr uint32_t kImageCountMax = 8;
// What a live stream may report for as long as it lasts: so much at once, and one an interval.
constexpr uint32_t kNoticeCountMax = 100;
constexpr std::chrono::nanoseconds kNoticeInterval = std::chrono::milliseconds{100};
constexpr std::chrono::nanoseconds kLogInterval = std::chrono::seconds{1};
constexpr std::chrono::nanoseconds kImageInterval = std::chrono::milliseconds{500};
// An honest worker sends four beats of its heart a second, and four times its progress.
constexpr uint64_t kSignsASecondMax = 20;
constexpr uint64_t kSignsAtOnceMax = 2000;
// A rate control may miss its target, most of all in the first seconds; this bounds the disk a
// worker can fill, validation judges the quality of the rate.
constexpr uint64_t kBitrateSlack = 4;
constexpr uint64_t kBitrateFloorBps = 500'000;
constexpr uint64_t kBitrateUnboundedBps = 200'000'000;  // Where the job names no rate.
constexpr uint64_t kDurationSlackMs = 10'000;

std::unexpected<core::Error> refuse(const char* rule) noexcept {
  return core::fail(ErrorCode::kMalformed, rule);
}

/// Verdicts that are the worker's to give; the others are found out by the server.
bool is_verdict_of_a_worker(FailureReason reason) noexcept {
  return reason <= FailureReason::kUnsupportedJob || reason == FailureReason::kOutOfMemory ||
         reason == FailureReason::kInternal;
}

template <class T>
bool contains(const std::vector<T>& values, const T& value) {
  return std::ranges::find(values, value) != values.end();
}

}  // namespace

Result<Report> ReportCheck::accept(const core::ShmRecord& record,
                                   std::chrono::nanoseconds job_age) {
  if (ended_) return refuse("a record after the last one");
  job_age_ = job_age;
  if (const auto type = static_cast<UpRecord>(record.type);
      type == UpRecord::kAlive || type == UpRecord::kProgress) {
    if (const auto counted = count_sign_of_life(); !counted) {
      return std::unexpected(counted.error());
    }
  }
  const Payload payload = record.payload;
  switch (static_cast<UpRecord>(record.type)) {
    case UpRecord::kSeek:
      return accept_seek(payload);
    case UpRecord::kProbe:
      return accept_probe(payload);
    case UpRecord::kSourceLength:
      return accept_source_length(payload);
    case UpRecord::kTrack:
      return accept_track(payload);
    case UpRecord::kFragment:
      return accept_fragment(payload);
    case UpRecord::kPart:
      return accept_part(payload);
    case UpRecord::kNotice:
      return accept_notice(payload);
    case UpRecord::kTrackDone:
      return accept_track_done(payload);
    case UpRecord::kImage:
      return accept_image(payload);
    case UpRecord::kProgress:
      return accept_progress(payload);
    case UpRecord::kValidation:
      return accept_validation(payload);
    case UpRecord::kExportBytes:
      return accept_export(payload);
    case UpRecord::kLog:
      return accept_log(payload);
    case UpRecord::kAlive:
      return accept_alive(payload);
    case UpRecord::kDone:
      return accept_done(payload);
    case UpRecord::kFailed:
      return accept_failure(payload);
  }
  return refuse("a record of unknown type");
}

Result<Report> ReportCheck::accept_seek(Payload payload) {
  const auto seek = parse_seek(payload);
  if (!seek) return std::unexpected(seek.error());
  if (spec_.kind == JobKind::kLive) return refuse("a seek in a live source");
  if (seek->generation != generation_ + 1) return refuse("a seek out of order");
  if (seek->offset > spec_.source_size) return refuse("a seek past the end of the source");
  if (++seek_count_ > kSeekCountMax) return refuse("too many seeks");
  generation_ = seek->generation;
  return Report(*seek);
}

Result<Report> ReportCheck::accept_probe(Payload payload) {
  auto probe = parse_probe(payload);
  if (!probe) return std::unexpected(probe.error());
  if (probed_) return refuse("a second probe");
  if (const auto checked = check_plan(*probe); !checked) return std::unexpected(checked.error());
  probed_ = true;
  source_has_video_ = !probe->video_codec.empty();
  source_has_audio_ = !probe->audio_codec.empty();
  return Report(std::move(*probe));
}

Result<> ReportCheck::check_plan(const ProbeReport& probe) {
  const bool live = spec_.kind == JobKind::kLive;
  for (const std::string& quality : probe.qualities) {
    if (live ? !live_.asked_for(quality) : asked_for(quality).empty()) {
      return refuse("a planned quality that nobody asked for");
    }
    if (contains(planned_, quality)) return refuse("a quality that is planned twice");
    planned_.push_back(quality);
  }
  return live ? live_.accept_probe(probe) : Result<>{};
}

Result<Report> ReportCheck::accept_source_length(Payload payload) {
  const auto length = parse_source_length(payload);
  if (!length) return std::unexpected(length.error());
  if (spec_.kind == JobKind::kLive) return refuse("the length of a live source");
  if (!probed_) return refuse("the source's length before the probe");
  if (measured_) return refuse("a second length of the source");
  if ((length->video_us != 0 && !source_has_video_) ||
      (length->audio_us != 0 && !source_has_audio_)) {
    return refuse("the length of a stream that the source does not have");
  }
  const uint64_t longest_us = std::max(length->video_us, length->audio_us);
  if (longest_us == 0) return refuse("a source of no length");
  if (longest_us / 1000 > spec_.limits.duration_ms_max + kDurationSlackMs) {
    return refuse("a source longer than the limit");
  }
  measured_ = true;
  return Report(*length);
}

std::vector<ReportCheck::Asked> ReportCheck::asked_for(const std::string& quality) const {
  std::vector<Asked> asked;
  for (const RungSpec& rung : spec_.ladder) {
    if (rung.quality != quality) continue;
    const uint64_t bitrate_bps = std::max(rung.bitrate_bps, rung.max_bitrate_bps);
    asked.push_back({.codec = rung.codec, .height = rung.height, .bitrate_bps = bitrate_bps});
  }
  for (const AudioSpec& audio : spec_.audio) {
    if (audio.quality != quality) continue;
    asked.push_back({.codec = audio.codec, .height = 0, .bitrate_bps = audio.bitrate_bps});
  }
  return asked;
}

Result<Report> ReportCheck::accept_track(Payload payload) {
  auto report = parse_track(payload);
  if (!report) return std::unexpected(report.error());
  if (spec_.kind == JobKind::kLive) {
    auto track = live_.accept_track(std::move(*report));
    if (!track) return std::unexpected(track.error());
    return Report(std::move(*track));
  }
  if (report->track != tracks_.size()) return refuse("a track out of order");
  if (!contains(planned_, report->quality)) return refuse("a track that was not planned");
  for (const Track& track : tracks_) {
    if (track.quality == report->quality) return refuse("a quality that begins twice");
  }
  auto format = fmp4::parse_init_segment(report->init_segment);
  if (!format) return refuse(format.error().what);
  const Asked asked = asked_for(report->quality).front();
  if (format->codec != asked.codec || format->kind() != report->kind) {
    return refuse("a track of another codec than asked for");
  }
  if (asked.height != 0 && std::min(format->width, format->height) > asked.height + 1) {
    return refuse("a picture larger than asked for");
  }
  uint64_t bitrate_bps_max = kBitrateUnboundedBps;
  if (asked.bitrate_bps != 0) {
    bitrate_bps_max = std::max(asked.bitrate_bps * kBitrateSlack, kBitrateFloorBps);
  }
  tracks_.push_back({.quality = report->quality,
                     .kind = report->kind,
                     .timescale = format->timescale,
                     .bitrate_bps_max = bitrate_bps_max});
  return Report(CheckedTrack{.report = std::move(*report), .format = std::move(*format)});
}

Result<Report> ReportCheck::accept_fragment(Payload payload) {
  const auto report = parse_fragment_report(payload);
  if (!report) return std::unexpected(report.error());
  if (report->track >= tracks_.size()) return refuse("a fragment of a track that has not begun");
  Track& track = tracks_[report->track];
  if (track.done) return refuse("a fragment of a track that has ended");
  auto fragment = fmp4::parse_fragment(report->bytes);
  if (!fragment) return refuse(fragment.error().what);
  if (const auto checked = check_fragment(track, *fragment, report->bytes.size()); !checked) {
    return std::unexpected(checked.error());
  }
  track.end_time = fragment->end_time();
  track.size += report->bytes.size();
  track.sequence = fragment->sequence;
  ++track.fragment_count;
  return Report(CheckedFragment{
      .track = report->track, .fragment = std::move(*fragment), .bytes = report->bytes});
}

Result<> ReportCheck::check_fragment(const Track& track, const fmp4::Fragment& fragment,
                                     uint64_t size) const {
  if (fragment.decode_time != track.end_time) return refuse("a gap or overlap between fragments");
  if (track.fragment_count != 0 && fragment.sequence != track.sequence + 1) {
    return refuse("fragments out of sequence");
  }
  if (track.kind == fmp4::MediaKind::kVideo && !fragment.key) {
    return refuse("a fragment that does not begin at a key frame");
  }
  if (track.fragment_count >= kFragmentCountMax) return refuse("too many fragments");
  // In double: neither product fits 64 bits for hostile values, and no exactness is needed here.
  const double seconds =
      static_cast<double>(fragment.end_time()) / static_cast<double>(track.timescale);
  const double seconds_max =
      static_cast<double>(spec_.limits.duration_ms_max + kDurationSlackMs) / 1000;
  if (seconds > seconds_max) return refuse("a track longer than the limit");
  const double size_max =
      kFragmentSizeMax + seconds * static_cast<double>(track.bitrate_bps_max) / 8;
  if (static_cast<double>(track.size + size) > size_max) {
    return refuse("a track far over the bit rate that was asked for");
  }
  return {};
}

Result<Report> ReportCheck::accept_part(Payload payload) {
  const auto report = parse_part(payload);
  if (!report) return std::unexpected(report.error());
  if (spec_.kind != JobKind::kLive) return refuse("a part in a job that is not live");
  auto part = live_.accept_part(*report);
  if (!part) return std::unexpected(part.error());
  return Report(std::move(*part));
}

Result<Report> ReportCheck::accept_notice(Payload payload) {
  auto notice = parse_notice(payload);
  if (!notice) return std::unexpected(notice.error());
  if (spec_.kind != JobKind::kLive) return refuse("a notice in a job that is not live");
  if (++notice_count_ > allowance(kNoticeCountMax, kNoticeInterval)) {
    return refuse("too many notices");
  }
  return Report(std::move(*notice));
}

/// A live job may go on reporting for as long as it lasts.
uint64_t ReportCheck::allowance(uint64_t at_once, std::chrono::nanoseconds interval) const {
  if (spec_.kind != JobKind::kLive) return at_once;
  return at_once + static_cast<uint64_t>(job_age_ / interval);
}

Result<Report> ReportCheck::accept_track_done(Payload payload) {
  const auto index = parse_track_done(payload);
  if (!index) return std::unexpected(index.error());
  if (spec_.kind == JobKind::kLive) {
    if (const auto done = live_.accept_track_done(*index); !done) {
      return std::unexpected(done.error());
    }
    return Report(TrackEnd{.track = *index});
  }
  if (*index >= tracks_.size()) return refuse("the end of a track that has not begun");
  if (!measured_) return refuse("the end of a track before the length of the source");
  Track& track = tracks_[*index];
  if (track.done) return refuse("a second end of a track");
  if (track.fragment_count == 0) return refuse("the end of a track without a fragment");
  track.done = true;
  return Report(TrackEnd{.track = *index});
}

Result<Report> ReportCheck::accept_image(Payload payload) {
  const auto image = parse_image(payload);
  if (!image) return std::unexpected(image.error());
  if (!probed_) return refuse("an image before the probe");
  if (++image_count_ > allowance(kImageCountMax, kImageInterval)) return refuse("too many images");
  return Report(*image);
}

Result<Report> ReportCheck::accept_progress(Payload payload) {
  const auto progress = parse_progress(payload);
  if (!progress) return std::unexpected(progress.error());
  return Report(*progress);
}

Result<Report> ReportCheck::accept_validation(Payload payload) {
  const auto validation = parse_validation(payload);
  if (!validation) return std::unexpected(validation.error());
  if (spec_.kind != JobKind::kValidate) return refuse("a validation that nobody asked for");
  if (validated_) return refuse("a second validation");
  validated_ = true;
  return Report(*validation);
}

Result<Report> ReportCheck::accept_export(Payload payload) {
  if (spec_.kind != JobKind::kExportTs) return refuse("an export that nobody asked for");
  if (payload.size() > kFragmentSizeMax) return refuse("export record");
  export_size_ += payload.size();
  // MPEG-TS adds 4 bytes to 184 and a PES header to a frame: far less than the frames themselves.
  if (export_size_ > spec_.source_size * 2 + kFragmentSizeMax) return refuse("an endless export");
  return Report(ExportBytes{.bytes = payload});
}

Result<Report> ReportCheck::accept_log(Payload payload) {
  auto line = parse_log(payload);
  if (!line) return std::unexpected(line.error());
  if (++log_count_ > allowance(kLogCountMax, kLogInterval)) return refuse("too many log lines");
  return Report(std::move(*line));
}

Result<Report> ReportCheck::accept_alive(Payload payload) const {
  if (!payload.empty()) return refuse("alive record");
  return Report(Alive{});
}

/// Over the whole life of the job, so that what waited in the ring while the server was busy is not
/// taken for a flood.
Result<> ReportCheck::count_sign_of_life() {
  const auto seconds = static_cast<uint64_t>(job_age_ / std::chrono::seconds{1});
  if (++sign_count_ > kSignsAtOnceMax + seconds * kSignsASecondMax) {
    return refuse("too many signs of life");
  }
  return {};
}

Result<Report> ReportCheck::accept_done(Payload payload) {
  if (!payload.empty()) return refuse("done record");
  const bool all_ended = tracks_.size() == planned_.size() &&
                         std::ranges::all_of(tracks_, [](const Track& t) { return t.done; });
  switch (spec_.kind) {
    case JobKind::kTranscode:
      if (planned_.empty() || !all_ended)
        return refuse("done before every planned track has ended");
      break;
    case JobKind::kValidate:
      if (!validated_) return refuse("done without a validation");
      break;
    case JobKind::kExportTs:
      if (export_size_ == 0) return refuse("done without an export");
      break;
    case JobKind::kLive:  // Whether the source has ended, the feed knows.
      break;
  }
  ended_ = true;
  return Report(JobDone{});
}

Result<Report> ReportCheck::accept_failure(Payload payload) {
  auto failure = parse_failure(payload);
  if (!failure) return std::unexpected(failure.error());
  if (!is_verdict_of_a_worker(failure->reason)) return refuse("a verdict that is the server's");
  ended_ = true;
  return Report(std::move(*failure));
}

}  // namespace millrace::media::worker
