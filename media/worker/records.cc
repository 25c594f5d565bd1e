#include "media/worker/records.h"

#include <cmath>

namespace millrace::media::worker {
namespace {

using core::ErrorCode;
using core::Result;

constexpr uint32_t kDimensionMax = 65'535;  // What a sample entry can hold.

template <class T>
Result<T> finish(const WireReader& reader, T&& value, const char* what) {
  if (!reader.complete()) return core::fail(ErrorCode::kMalformed, what);
  return std::forward<T>(value);
}

double number_within(WireReader& reader, double low, double high) noexcept {
  const double value = reader.f64();
  reader.require(std::isfinite(value) && value >= low && value <= high);
  return value;
}

}  // namespace

WireWriter encode(const SeekRequest& seek) {
  WireWriter out;
  out.u64(seek.generation);
  out.u64(seek.offset);
  return out;
}

Result<SeekRequest> parse_seek(std::span<const std::byte> payload) {
  WireReader in(payload);
  SeekRequest seek;
  seek.generation = in.u64();
  seek.offset = in.u64();
  return finish(in, std::move(seek), "seek record");
}

Result<SourceBytes> parse_source_bytes(std::span<const std::byte> payload) {
  WireReader in(payload);
  SourceBytes source;
  source.generation = in.u64();
  source.offset = in.u64();
  source.bytes = in.rest();
  return finish(in, std::move(source), "source record");
}

WireWriter encode(const ProbeReport& report) {
  WireWriter out;
  out.text(report.container);
  out.u64(report.duration_us);
  out.text(report.video_codec);
  out.u32(report.width);
  out.u32(report.height);
  out.u32(report.frame_rate_num);
  out.u32(report.frame_rate_den);
  out.text(report.audio_codec);
  out.u32(report.channels);
  out.u32(report.sample_rate);
  out.u32(static_cast<uint32_t>(report.qualities.size()));
  for (const std::string& quality : report.qualities) out.text(quality);
  out.u32(report.part_target_ms);
  return out;
}

Result<ProbeReport> parse_probe(std::span<const std::byte> payload) {
  WireReader in(payload);
  ProbeReport report;
  report.container = in.text(kNameSizeMax);
  report.duration_us = in.u64();
  in.require(report.duration_us <= kDurationUsMax);
  report.video_codec = in.text(kNameSizeMax);
  report.width = in.u32_up_to(kDimensionMax);
  report.height = in.u32_up_to(kDimensionMax);
  report.frame_rate_num = in.u32_up_to(1'000'000'000);
  report.frame_rate_den = in.u32_up_to(1'000'000'000);
  in.require(report.frame_rate_den != 0);
  report.audio_codec = in.text(kNameSizeMax);
  report.channels = in.u32_up_to(1024);
  report.sample_rate = in.u32_up_to(10'000'000);
  const uint32_t count = in.u32_up_to(kTrackCountMax);
  for (uint32_t i = 0; in.ok() && i < count; ++i) report.qualities.push_back(in.text(kNameSizeMax));
  report.part_target_ms = in.u32();
  return finish(in, std::move(report), "probe record");
}

WireWriter encode(const SourceLength& length) {
  WireWriter out;
  out.u64(length.video_us);
  out.u64(length.audio_us);
  out.u32(length.fault_count);
  return out;
}

Result<SourceLength> parse_source_length(std::span<const std::byte> payload) {
  WireReader in(payload);
  SourceLength length;
  length.video_us = in.u64();
  length.audio_us = in.u64();
  in.require(length.video_us <= kDurationUsMax && length.audio_us <= kDurationUsMax);
  length.fault_count = in.u32();
  return finish(in, std::move(length), "record of the source's length");
}

WireWriter encode(const TrackReport& report) {
  WireWriter out;
  out.u32(report.track);
  out.text(report.quality);
  out.u8(static_cast<uint8_t>(report.kind));
  out.u32(report.fragment_count_expected);
  out.bytes(report.init_segment);
  return out;
}

Result<TrackReport> parse_track(std::span<const std::byte> payload) {
  WireReader in(payload);
  TrackReport report;
  report.track = in.u32_up_to(kTrackCountMax - 1);
  report.quality = in.text(kNameSizeMax);
  const uint8_t kind = in.u8();
  in.require(kind <= static_cast<uint8_t>(fmp4::MediaKind::kAudio));
  report.kind = static_cast<fmp4::MediaKind>(kind);
  report.fragment_count_expected = in.u32_up_to(kFragmentCountMax);
  const auto init_segment = in.bytes(kInitSegmentSizeMax);
  report.init_segment.assign(init_segment.begin(), init_segment.end());
  return finish(in, std::move(report), "track record");
}

Result<FragmentReport> parse_fragment_report(std::span<const std::byte> payload) {
  WireReader in(payload);
  FragmentReport report;
  report.track = in.u32_up_to(kTrackCountMax - 1);
  report.bytes = in.rest();
  in.require(report.bytes.size() <= kFragmentSizeMax);
  return finish(in, std::move(report), "fragment record");
}

Result<PartReport> parse_part(std::span<const std::byte> payload) {
  WireReader in(payload);
  PartReport report;
  report.track = in.u32_up_to(kTrackCountMax - 1);
  report.flags = in.u8();
  in.require(report.flags <= PartFlags::kAll);
  report.bytes = in.rest();
  in.require(report.bytes.size() <= kFragmentSizeMax);
  return finish(in, std::move(report), "part record");
}

WireWriter encode(const Notice& notice) {
  WireWriter out;
  out.u8(static_cast<uint8_t>(notice.kind));
  out.text(notice.subject);
  out.u64(notice.amount_ms);
  return out;
}

Result<Notice> parse_notice(std::span<const std::byte> payload) {
  WireReader in(payload);
  Notice notice;
  const uint8_t kind = in.u8();
  in.require(kind <= static_cast<uint8_t>(NoticeKind::kNotPassedOn));
  notice.kind = static_cast<NoticeKind>(kind);
  notice.subject = in.text(kNoticeSubjectSizeMax);
  notice.amount_ms = in.u64();
  return finish(in, std::move(notice), "notice record");
}

Result<uint32_t> parse_track_done(std::span<const std::byte> payload) {
  WireReader in(payload);
  uint32_t track = in.u32_up_to(kTrackCountMax - 1);
  return finish(in, std::move(track), "record of a track's end");
}

WireWriter encode(const ImageReport& report) {
  WireWriter out;
  out.u8(static_cast<uint8_t>(report.kind));
  out.u32(report.columns);
  out.u32(report.rows);
  out.u32(report.tile_width);
  out.u32(report.tile_height);
  out.u32(report.tile_count);
  out.u32(report.interval_ms);
  out.bytes(report.jpeg);
  return out;
}

Result<ImageReport> parse_image(std::span<const std::byte> payload) {
  WireReader in(payload);
  ImageReport report;
  const uint8_t kind = in.u8();
  in.require(kind <= static_cast<uint8_t>(ImageKind::kThumbnail));
  report.kind = static_cast<ImageKind>(kind);
  report.columns = in.u32_up_to(1024);
  report.rows = in.u32_up_to(1024);
  report.tile_width = in.u32_up_to(kDimensionMax);
  report.tile_height = in.u32_up_to(kDimensionMax);
  report.tile_count = in.u32_up_to(report.columns * report.rows);
  report.interval_ms = in.u32();
  report.jpeg = in.bytes(kImageSizeMax);
  // SOI and EOI (ITU-T T.81, B.1.1.3): what a browser would sniff as something else is not a JPEG.
  const auto& jpeg = report.jpeg;
  in.require(jpeg.size() >= 4 && jpeg[0] == std::byte{0xFF} && jpeg[1] == std::byte{0xD8} &&
             jpeg[2] == std::byte{0xFF} && jpeg.back() == std::byte{0xD9});
  in.require(report.tile_count > 0 && report.tile_width > 0 && report.tile_height > 0);
  return finish(in, std::move(report), "image record");
}

WireWriter encode(const Progress& progress) {
  WireWriter out;
  out.f64(progress.fraction);
  out.f64(progress.fps);
  out.f64(progress.speed);
  out.f64(progress.seconds_left);
  return out;
}

Result<Progress> parse_progress(std::span<const std::byte> payload) {
  WireReader in(payload);
  Progress progress;
  progress.fraction = number_within(in, 0, 1);
  progress.fps = number_within(in, 0, 1e6);
  progress.speed = number_within(in, 0, 1e6);
  progress.seconds_left = number_within(in, -1, 1e9);
  return finish(in, std::move(progress), "progress record");
}

WireWriter encode(const ValidationReport& report) {
  WireWriter out;
  out.u64(report.frame_count);
  out.u64(report.duration_us);
  out.u32(report.decode_error_count);
  out.u32(report.key_frame_count);
  return out;
}

Result<ValidationReport> parse_validation(std::span<const std::byte> payload) {
  WireReader in(payload);
  ValidationReport report;
  report.frame_count = in.u64();
  report.duration_us = in.u64();
  in.require(report.duration_us <= kDurationUsMax);
  report.decode_error_count = in.u32();
  report.key_frame_count = in.u32();
  return finish(in, std::move(report), "validation record");
}

WireWriter encode(const LogLine& line) {
  WireWriter out;
  out.u8(static_cast<uint8_t>(line.level));
  out.text(line.text);
  return out;
}

Result<LogLine> parse_log(std::span<const std::byte> payload) {
  WireReader in(payload);
  LogLine line;
  const uint8_t level = in.u8();
  in.require(level <= static_cast<uint8_t>(LogLevel::kWarning));
  line.level = static_cast<LogLevel>(level);
  line.text = in.text(kLogTextSizeMax);
  return finish(in, std::move(line), "log record");
}

WireWriter encode(const JobFailure& failure) {
  WireWriter out;
  out.u8(static_cast<uint8_t>(failure.reason));
  out.text(failure.detail);
  return out;
}

Result<JobFailure> parse_failure(std::span<const std::byte> payload) {
  WireReader in(payload);
  JobFailure failure;
  const uint8_t reason = in.u8();
  in.require(is_failure_reason(reason));
  failure.reason = static_cast<FailureReason>(reason);
  failure.detail = in.text(kFailureDetailSizeMax);
  return finish(in, std::move(failure), "failure record");
}

}  // namespace millrace::media::worker
