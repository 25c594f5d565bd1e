// Publishes bytes to a live job, checks every report as the server does, and keeps what was made.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "media/ffmpeg/live/run_live.h"
#include "media/worker/records.h"
#include "media/worker/report_check.h"
#include "tests/media/ffmpeg/job_rig.h"

namespace millrace::media::ffmpeg::test {

/// Bytes in pieces of odd sizes, then the end. Knows no size and cannot seek.
class PublishedSource final : public worker::Source {
 public:
  explicit PublishedSource(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  core::Result<size_t> read(std::span<std::byte> buffer) override {
    piece_ = piece_ * 7 % 5003 + 1;
    const size_t size = std::min({buffer.size(), bytes_.size() - position_, piece_});
    std::ranges::copy(std::span(bytes_).subspan(position_, size), buffer.begin());
    position_ += size;
    return size;
  }
  core::Result<> seek(uint64_t) override {
    return core::fail(core::ErrorCode::kUnsupported, "a seek in a live source");
  }
  uint64_t size() const override { return UINT64_MAX; }
  size_t position() const noexcept { return position_; }

 private:
  std::vector<std::byte> bytes_;
  size_t position_ = 0;
  size_t piece_ = 1;
};

struct Part {
  bool starts_segment = false;
  bool independent = false;
  bool discontinuity = false;
  fmp4::Fragment fragment;
  size_t source_position = 0;  ///< How much the publisher had sent when it came.
};

/// What lies between two discontinuities, as a file that plays.
struct PlayedRun {
  fmp4::TrackFormat format;
  std::vector<Part> parts;
  std::vector<std::byte> file;

  double seconds_at(uint64_t ticks) const { return static_cast<double>(ticks) / format.timescale; }
  double start() const { return seconds_at(parts.front().fragment.decode_time); }
  double end() const { return seconds_at(parts.back().fragment.end_time()); }
  double seconds() const { return end() - start(); }
  size_t sample_count() const {
    size_t count = 0;
    for (const Part& part : parts) count += part.fragment.samples.size();
    return count;
  }
  std::vector<double> segment_starts() const {
    std::vector<double> starts;
    for (const Part& part : parts) {
      if (part.starts_segment) starts.push_back(seconds_at(part.fragment.decode_time));
    }
    return starts;
  }
};

struct LiveTrack {
  std::string quality;
  fmp4::TrackFormat format;  ///< The latest.
  std::vector<std::byte> init_segment;
  std::vector<PlayedRun> runs;
  bool done = false;

  double end() const { return runs.back().end(); }
};

/// A server that accepts what ReportCheck accepts.
class LiveServer final : public worker::Sink {
 public:
  LiveServer(const worker::JobSpec& spec, const PublishedSource& source)
      : check_(spec), source_(source) {}

  core::Result<> probe(const worker::ProbeReport& report) override {
    return accept(worker::UpRecord::kProbe, encode(report).view());
  }
  core::Result<> track(const worker::TrackReport& report) override {
    return accept(worker::UpRecord::kTrack, encode(report).view());
  }
  core::Result<> part(const worker::PartReport& report) override {
    worker::WireWriter wire;
    wire.u32(report.track);
    wire.u8(report.flags);
    std::vector<std::byte> payload(wire.view().begin(), wire.view().end());
    payload.insert(payload.end(), report.bytes.begin(), report.bytes.end());
    return accept(worker::UpRecord::kPart, payload);
  }
  core::Result<> notice(const worker::Notice& report) override {
    return accept(worker::UpRecord::kNotice, encode(report).view());
  }
  core::Result<> track_done(uint32_t track) override {
    worker::WireWriter wire;
    wire.u32(track);
    return accept(worker::UpRecord::kTrackDone, wire.view());
  }
  core::Result<> image(const worker::ImageReport& report) override {
    return accept(worker::UpRecord::kImage, encode(report).view());
  }
  core::Result<> progress(const worker::Progress&) override { return {}; }
  core::Result<> fragment(const worker::FragmentReport&) override { return refuse(); }
  core::Result<> source_length(const worker::SourceLength&) override { return refuse(); }
  core::Result<> validation(const worker::ValidationReport&) override { return refuse(); }
  core::Result<> export_bytes(std::span<const std::byte>) override { return refuse(); }
  void log(worker::LogLevel, std::string_view) override {}

  const LiveTrack& track(std::string_view quality) const {
    const auto found = std::ranges::find(tracks, quality, &LiveTrack::quality);
    EXPECT_NE(found, tracks.end()) << quality;
    static const LiveTrack kNone{.runs = std::vector<PlayedRun>(1)};
    return found == tracks.end() ? kNone : *found;
  }
  size_t count(worker::NoticeKind kind) const {
    return static_cast<size_t>(std::ranges::count(notices, kind, &worker::Notice::kind));
  }

  worker::ProbeReport probed;
  std::vector<LiveTrack> tracks;
  std::vector<worker::Notice> notices;
  std::vector<worker::ImageReport> images;

 private:
  static core::Result<> refuse() {
    ADD_FAILURE() << "a report that is not of a live job";
    return core::fail(core::ErrorCode::kMalformed, "not of a live job");
  }
  core::Result<> accept(worker::UpRecord type, std::span<const std::byte> payload) {
    const std::scoped_lock lock(mutex_);
    const core::ShmRecord record{.type = static_cast<uint32_t>(type),
                                 .payload = {payload.begin(), payload.end()}};
    auto report = check_.accept(record, std::chrono::hours{1});
    EXPECT_TRUE(report) << report.error().what;
    if (!report) return std::unexpected(report.error());
    if (const auto* probe = std::get_if<worker::ProbeReport>(&*report)) probed = *probe;
    if (const auto* track = std::get_if<worker::CheckedTrack>(&*report)) keep(*track);
    if (const auto* part = std::get_if<worker::CheckedPart>(&*report)) keep(*part);
    if (const auto* notice = std::get_if<worker::Notice>(&*report)) notices.push_back(*notice);
    if (const auto* image = std::get_if<worker::ImageReport>(&*report)) images.push_back(*image);
    if (const auto* end = std::get_if<worker::TrackEnd>(&*report)) tracks[end->track].done = true;
    return {};
  }
  void keep(const worker::CheckedTrack& track) {
    if (track.report.track == tracks.size()) tracks.push_back({.quality = track.report.quality});
    LiveTrack& kept = tracks[track.report.track];
    kept.format = track.format;
    kept.init_segment = track.report.init_segment;
  }
  void keep(const worker::CheckedPart& part) {
    LiveTrack& track = tracks[part.track];
    if (part.discontinuity || track.runs.empty()) {
      track.runs.push_back({.format = track.format, .parts = {}, .file = track.init_segment});
    }
    PlayedRun& run = track.runs.back();
    run.parts.push_back({.starts_segment = part.starts_segment,
                         .independent = part.independent,
                         .discontinuity = part.discontinuity,
                         .fragment = part.fragment,
                         .source_position = source_.position()});
    run.file.insert(run.file.end(), part.bytes.begin(), part.bytes.end());
  }

  worker::ReportCheck check_;
  const PublishedSource& source_;
  std::mutex mutex_;
};

/// Passed through: no rungs.
inline worker::JobSpec live_job(worker::LiveContainer container) {
  worker::JobSpec spec{.kind = worker::JobKind::kLive};
  spec.audio = {{.quality = "audio", .codec = fmp4::Codec::kAac, .bitrate_bps = 96'000}};
  spec.thread_count = 2;
  spec.live.container = container;
  spec.live.rung_lag_max_ms = UINT32_MAX;  // However busy the machine that runs the tests is.
  return spec;
}

struct LiveRun {
  PublishedSource source;
  LiveServer server;
  worker::JobResult result;

  LiveRun(std::vector<std::byte> bytes, const worker::JobSpec& spec)
      : source(std::move(bytes)), server(spec, source), result(run_live(spec, source, server)) {}
};

/// Every track of the stream, run by run, decodes without a fault, and ends.
inline void expect_playable(const LiveServer& server) {
  const TemporaryFolder folder;
  for (const LiveTrack& track : server.tracks) {
    EXPECT_TRUE(track.done) << track.quality;
    for (const PlayedRun& run : track.runs) {
      const std::string file = folder.file("run.mp4");
      write_file(file, run.file);
      // In the stream's own time base: the pictures of some publishers lie beside the grid.
      EXPECT_EQ(output_of("ffmpeg -nostdin -v error -xerror -i " + file +
                          " -vsync passthrough -enc_time_base -1 -f null - 2>&1"),
                "")
          << track.quality;
    }
  }
}

/// Parts of whole frames: none but the last of a segment is shorter than 85 % of the target.
inline void expect_full_parts(const LiveServer& server) {  // LL-02
  for (const LiveTrack& track : server.tracks) {
    for (const PlayedRun& run : track.runs) {
      for (size_t i = 0; i + 1 < run.parts.size(); ++i) {
        if (run.parts[i + 1].starts_segment) continue;
        EXPECT_GE(run.seconds_at(run.parts[i].fragment.duration) * 1000,
                  0.85 * server.probed.part_target_ms)
            << track.quality << " part " << i;
      }
    }
  }
}

}  // namespace millrace::media::ffmpeg::test
