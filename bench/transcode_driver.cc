// Runs the worker's transcode pipeline on one file, without a server: what transcode_compare times.
//
//   transcode_driver FILE [--ladder 1080,720,480,360,240] [--preset veryfast] [--codec h264]
//                    [--threads N] [--out FOLDER]
//
// Prints one line of JSON: wall and CPU seconds, seconds until the first video fragment of the
// smallest rung, peak memory. With --out each rendition is written to FOLDER/<quality>.mp4.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

#include "core/unique_fd.h"
#include "media/ffmpeg/transcode.h"

namespace {

using std::chrono::duration;
using std::chrono::steady_clock;
namespace core = millrace::core;
namespace fmp4 = millrace::media::fmp4;
namespace worker = millrace::media::worker;

class FileSource final : public worker::Source {
 public:
  explicit FileSource(const char* path)
      : fd_(open(path, O_RDONLY | O_CLOEXEC)),
        size_(static_cast<uint64_t>(lseek(fd_.get(), 0, SEEK_END))) {
    lseek(fd_.get(), 0, SEEK_SET);
  }
  core::Result<size_t> read(std::span<std::byte> buffer) override {
    const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
    if (got < 0) return core::os_failure(errno, "read");
    return static_cast<size_t>(got);
  }
  core::Result<> seek(uint64_t offset) override {
    lseek(fd_.get(), static_cast<off_t>(offset), SEEK_SET);
    return {};
  }
  uint64_t size() const override { return size_; }

 private:
  core::UniqueFd fd_;
  uint64_t size_;
};

class FolderSink final : public worker::Sink {
 public:
  explicit FolderSink(std::filesystem::path folder) : folder_(std::move(folder)) {}

  core::Result<> probe(const worker::ProbeReport& report) override {
    if (!report.qualities.empty()) smallest_ = report.qualities.front();
    return {};
  }
  core::Result<> source_length(const worker::SourceLength&) override { return {}; }
  core::Result<> track(const worker::TrackReport& report) override {
    const std::scoped_lock lock(mutex_);
    names_[report.track] = report.quality;
    store(report.quality + ".mp4", report.init_segment);
    return {};
  }
  core::Result<> fragment(const worker::FragmentReport& report) override {
    const std::scoped_lock lock(mutex_);
    const std::string& name = names_[report.track];
    if (name == smallest_ && first_fragment_s < 0) first_fragment_s = seconds_since_start();
    bytes += report.bytes.size();
    store(name + ".mp4", report.bytes);
    return {};
  }
  core::Result<> track_done(uint32_t) override { return {}; }
  core::Result<> image(const worker::ImageReport& report) override {
    const std::scoped_lock lock(mutex_);
    store(report.kind == worker::ImageKind::kPoster ? "poster.jpg" : "storyboard.jpg", report.jpeg);
    return {};
  }
  core::Result<> progress(const worker::Progress&) override { return {}; }
  core::Result<> validation(const worker::ValidationReport&) override { return {}; }
  core::Result<> export_bytes(std::span<const std::byte>) override { return {}; }
  void log(worker::LogLevel, std::string_view text) override {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(text.size()), text.data());
  }

  double seconds_since_start() const {
    return duration<double>(steady_clock::now() - start_).count();
  }

  double first_fragment_s = -1;
  size_t bytes = 0;

 private:
  void store(const std::string& name, std::span<const std::byte> part) {
    if (folder_.empty()) return;
    const bool fresh = started_.insert({name, true}).second;
    std::ofstream file(folder_ / name, fresh ? std::ios::trunc : std::ios::app);
    file.write(reinterpret_cast<const char*>(part.data()),
               static_cast<std::streamsize>(part.size()));
  }

  std::filesystem::path folder_;
  std::mutex mutex_;
  std::map<uint32_t, std::string> names_;
  std::map<std::string, bool> started_;
  std::string smallest_;
  steady_clock::time_point start_ = steady_clock::now();
};

struct Rates {
  uint32_t average_bps, peak_bps;
};

Rates rates_for(uint32_t height) {
  if (height >= 1080) return {5'000'000, 7'500'000};
  if (height >= 720) return {2'800'000, 4'200'000};
  if (height >= 480) return {1'400'000, 2'100'000};
  if (height >= 360) return {800'000, 1'200'000};
  return {400'000, 600'000};
}

using Flags = std::map<std::string, std::string>;

worker::JobSpec spec_from(Flags& flags) {
  worker::JobSpec spec;
  const std::string codec = flags["codec"];
  std::stringstream heights(flags.contains("ladder") ? flags["ladder"] : "1080,720,480,360,240");
  for (std::string height; std::getline(heights, height, ',');) {
    const auto lines = static_cast<uint32_t>(std::stoul(height));
    const Rates rates = rates_for(lines);
    spec.ladder.push_back({.quality = height + "p",
                           .codec = codec == "vp9"   ? fmp4::Codec::kVp9
                                    : codec == "av1" ? fmp4::Codec::kAv1
                                                     : fmp4::Codec::kH264,
                           .height = lines,
                           .bitrate_bps = rates.average_bps,
                           .max_bitrate_bps = rates.peak_bps,
                           .preset = flags["preset"]});
  }
  const bool opus = codec == "vp9" || codec == "av1";
  spec.audio = {{.quality = "audio-128k",
                 .codec = opus ? fmp4::Codec::kOpus : fmp4::Codec::kAac,
                 .bitrate_bps = 128'000}};
  if (flags.contains("threads")) {
    spec.thread_count = static_cast<uint32_t>(std::stoul(flags["threads"]));
  }
  return spec;
}

double cpu_seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc % 2 != 0) {
    std::fputs("usage: transcode_driver FILE [--flag value]…\n", stderr);
    return 64;
  }
  Flags flags;
  for (int i = 2; i + 1 < argc; i += 2) flags[std::string(argv[i]).substr(2)] = argv[i + 1];
  FileSource source(argv[1]);
  FolderSink sink(flags["out"]);
  worker::JobSpec spec = spec_from(flags);
  spec.source_size = source.size();
  const auto done = millrace::media::ffmpeg::run_transcode(spec, source, sink);
  const double wall = sink.seconds_since_start();
  if (!done) {
    std::fprintf(stderr, "%s: %s\n", std::string(to_string(done.error().reason)).c_str(),
                 done.error().detail.c_str());
    return 1;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "{\"wall_s\": %.3f, \"cpu_s\": %.3f, \"first_fragment_s\": %.3f, \"bytes\": %zu, "
      "\"peak_rss_mib\": %ld}\n",
      wall, cpu_seconds(usage.ru_utime) + cpu_seconds(usage.ru_stime), sink.first_fragment_s,
      sink.bytes, usage.ru_maxrss / 1024);
  return 0;
}
