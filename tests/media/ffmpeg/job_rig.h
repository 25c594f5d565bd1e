// Runs a job on bytes in memory and keeps everything that it reports.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "media/ffmpeg/transcode.h"
#include "media/fmp4/fragment.h"
#include "media/fmp4/init_segment.h"
#include "media/worker/job.h"
#include "tests/media/real_tools.h"

namespace millrace::media::ffmpeg::test {

using media::test::output_of;
using media::test::read_file;
using media::test::run_command;
using media::test::TemporaryFolder;
using media::test::write_file;

/// Gives out what it holds in small pieces, as a ring does.
class MemorySource final : public worker::Source {
 public:
  explicit MemorySource(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  core::Result<size_t> read(std::span<std::byte> buffer) override {
    if (position >= fails_at) return core::fail(core::ErrorCode::kClosed, "the server is gone");
    if (position >= bytes_.size()) return size_t{0};
    const size_t size = std::min({buffer.size(), bytes_.size() - position, size_t{10'007}});
    std::ranges::copy(std::span(bytes_).subspan(position, size), buffer.begin());
    position += size;
    return size;
  }
  core::Result<> seek(uint64_t offset) override {
    position = offset;
    return {};
  }
  uint64_t size() const override { return bytes_.size(); }

  size_t position = 0;
  size_t fails_at = SIZE_MAX;

 private:
  std::vector<std::byte> bytes_;
};

struct Track {
  worker::TrackReport report;
  fmp4::TrackFormat format;
  std::vector<fmp4::Fragment> fragments;
  std::vector<std::byte> file;  ///< The init segment and all fragments.
  bool done = false;

  uint64_t duration() const { return fragments.empty() ? 0 : fragments.back().end_time(); }
  double seconds() const {
    return static_cast<double>(duration() - format.priming) / format.timescale;
  }
  size_t sample_count() const {
    size_t count = 0;
    for (const fmp4::Fragment& fragment : fragments) count += fragment.samples.size();
    return count;
  }
};

struct Image {
  worker::ImageReport report;
  std::vector<std::byte> jpeg;
};

/// Checks the order of the reports while it keeps them.
class MemorySink final : public worker::Sink {
 public:
  core::Result<> probe(const worker::ProbeReport& report) override {
    EXPECT_FALSE(probed);
    probed = report;
    return {};
  }
  core::Result<> track(const worker::TrackReport& report) override {
    const std::scoped_lock lock(mutex_);
    EXPECT_TRUE(probed);
    EXPECT_EQ(report.track, tracks.size());
    const auto format = fmp4::parse_init_segment(report.init_segment);
    EXPECT_TRUE(format) << report.quality;
    tracks.push_back({.report = report,
                      .format = format.value_or(fmp4::TrackFormat{}),
                      .fragments = {},
                      .file = report.init_segment});
    return {};
  }
  core::Result<> fragment(const worker::FragmentReport& report) override {
    const std::scoped_lock lock(mutex_);
    if (fragments_until_full-- == 0) return core::fail(core::ErrorCode::kNoSpace, "disk full");
    Track& track = tracks.at(report.track);
    EXPECT_FALSE(track.done);
    const auto fragment = fmp4::parse_fragment(report.bytes);
    EXPECT_TRUE(fragment) << track.report.quality;
    if (!fragment) return std::unexpected(fragment.error());
    EXPECT_EQ(fragment->decode_time, track.duration()) << "SG-03";
    track.fragments.push_back(*fragment);
    track.file.insert(track.file.end(), report.bytes.begin(), report.bytes.end());
    return {};
  }
  core::Result<> source_length(const worker::SourceLength& report) override {
    const std::scoped_lock lock(mutex_);
    EXPECT_TRUE(probed);
    EXPECT_FALSE(length);
    length = report;
    return {};
  }
  core::Result<> track_done(uint32_t track) override {
    const std::scoped_lock lock(mutex_);
    EXPECT_TRUE(length);
    tracks.at(track).done = true;
    return {};
  }
  core::Result<> image(const worker::ImageReport& report) override {
    const std::scoped_lock lock(mutex_);
    images.push_back({.report = report, .jpeg = {report.jpeg.begin(), report.jpeg.end()}});
    return {};
  }
  core::Result<> progress(const worker::Progress& report) override {
    const std::scoped_lock lock(mutex_);
    EXPECT_GE(report.fraction, last_progress.fraction);
    last_progress = report;
    return {};
  }
  core::Result<> validation(const worker::ValidationReport& report) override {
    validated = report;
    return {};
  }
  core::Result<> export_bytes(std::span<const std::byte> bytes) override {
    exported.insert(exported.end(), bytes.begin(), bytes.end());
    return {};
  }
  void log(worker::LogLevel, std::string_view text) override {
    const std::scoped_lock lock(mutex_);
    logged += std::string(text) + '\n';
  }

  /// The track of a quality; null: there is none.
  const Track* find(std::string_view quality) const {
    const auto found = std::ranges::find_if(
        tracks, [&](const Track& track) { return track.report.quality == quality; });
    return found == tracks.end() ? nullptr : &*found;
  }

  std::optional<worker::ProbeReport> probed;
  std::optional<worker::SourceLength> length;
  std::vector<Track> tracks;
  std::vector<Image> images;
  worker::Progress last_progress;
  std::optional<worker::ValidationReport> validated;
  std::vector<std::byte> exported;
  std::string logged;
  int fragments_until_full = -1;

 private:
  std::mutex mutex_;
};

inline worker::RungSpec rung(uint32_t height, fmp4::Codec codec = fmp4::Codec::kH264) {
  const char* suffix = codec == fmp4::Codec::kVp9   ? "-vp9"
                       : codec == fmp4::Codec::kAv1 ? "-av1"
                                                    : "";
  return {.quality = fmt::format("{}p{}", height, suffix),
          .codec = codec,
          .height = height,
          .bitrate_bps = height * 1500,
          .max_bitrate_bps = height * 2500,
          .preset = codec == fmp4::Codec::kH264  ? "ultrafast"
                    : codec == fmp4::Codec::kVp9 ? "8"
                                                 : "12"};
}

inline worker::JobSpec job(std::initializer_list<uint32_t> heights = {240, 144}) {
  worker::JobSpec spec;
  for (const uint32_t height : heights) spec.ladder.push_back(rung(height));
  spec.audio = {{.quality = "audio-64k", .codec = fmp4::Codec::kAac, .bitrate_bps = 64'000}};
  spec.thread_count = 2;
  return spec;
}

struct JobRun {
  worker::JobResult result;
  std::unique_ptr<MemorySink> sink = std::make_unique<MemorySink>();

  const Track& track(std::string_view quality) const {
    const Track* track = sink->find(quality);
    EXPECT_NE(track, nullptr) << quality;
    static const Track kNone;
    return track == nullptr ? kNone : *track;
  }
  /// As the API says it; empty where the job succeeded.
  std::string_view reason() const {
    return result ? std::string_view{} : worker::to_string(result.error().reason);
  }
};

/// Every track is as long as what was decoded of the source, within a frame of its own or of the
/// pictures, on whose grid sound ends too.
inline void expect_length_of_source(const MemorySink& sink) {
  const auto video = static_cast<double>(sink.length->video_us) / 1e6;
  const auto audio = static_cast<double>(sink.length->audio_us) / 1e6;
  constexpr double kOverhangMax = worker::kSoundOverhangUsMax / 1e6;
  const double source = video == 0 || audio - video > kOverhangMax ? audio : video;
  const double picture =
      video == 0 ? 0 : double(sink.probed->frame_rate_den) / double(sink.probed->frame_rate_num);
  const double drift = source == audio ? worker::kSoundDriftUsMax / 1e6 : 0;
  for (const Track& track : sink.tracks) {
    const double ticks = track.format.frame_duration != 0 ? track.format.frame_duration : 1024;
    const double frame = std::max(picture, ticks / track.format.timescale);
    EXPECT_NEAR(track.seconds(), source, 1.01 * frame + drift) << track.report.quality;
  }
}

inline JobRun transcode(std::vector<std::byte> source, const worker::JobSpec& spec = job()) {
  MemorySource memory(std::move(source));
  JobRun run;
  run.result = run_transcode(spec, memory, *run.sink);
  EXPECT_TRUE(run.result) << run.result.error().detail;
  if (run.result) expect_length_of_source(*run.sink);
  return run;
}

/// For jobs that must fail.
inline JobRun refuse(std::vector<std::byte> source, const worker::JobSpec& spec = job()) {
  MemorySource memory(std::move(source));
  JobRun run;
  run.result = run_transcode(spec, memory, *run.sink);
  EXPECT_FALSE(run.result);
  return run;
}

/// A clip that ffmpeg makes from `arguments`; its container is that of `extension`.
inline std::vector<std::byte> clip(std::string_view arguments, std::string_view extension = "mp4") {
  const TemporaryFolder folder;
  const std::string file = folder.file(fmt::format("clip.{}", extension));
  output_of(fmt::format("cd {} && ffmpeg -nostdin -v error -y -threads 2 {} {}", folder.file(""),
                        arguments, file));
  return read_file(file);
}

inline constexpr std::string_view kFast =
    "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 25 -c:a aac";

/// Decodes a rendition with ffmpeg, which must find no fault in it; what ffprobe says of a frame a
/// line: `entries` as in -show_entries frame=….
inline std::vector<std::string> frames_of(const Track& track, std::string_view entries) {
  const TemporaryFolder folder;
  const std::string file = folder.file("track.mp4");
  write_file(file, track.file);
  EXPECT_EQ(output_of("ffmpeg -nostdin -v error -xerror -i " + file + " -f null -"), "");
  // The section of side data inside a frame ends it with a comma and an empty line.
  std::istringstream text(output_of(
      fmt::format("ffprobe -v error -show_entries frame={} -of csv=p=0 {}", entries, file)));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (line.ends_with(',')) line.pop_back();
    if (!line.empty()) lines.push_back(line);
  }
  return lines;
}

}  // namespace millrace::media::ffmpeg::test
