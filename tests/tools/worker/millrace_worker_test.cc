// The real worker: the real pipeline inside the real sandbox, driven through the rings.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "core/core.h"
#include "media/worker/run_job.h"

namespace millrace::media::worker {
namespace {

using core::Result;
using core::Task;

class NotedTracks final : public JobOutput {
 public:
  struct Track {
    fmp4::Codec codec = fmp4::Codec::kH264;
    double seconds = 0;
    bool done = false;
    std::vector<std::byte> bytes;
  };

  Task<Result<>> on_track(const CheckedTrack& track) override {
    names_.push_back(track.report.quality);
    timescales_.push_back(track.format.timescale);
    tracks[names_.back()] = {.codec = track.format.codec, .bytes = track.report.init_segment};
    co_return Result<>{};
  }
  Task<Result<>> on_fragment(const CheckedFragment& fragment) override {
    Track& track = tracks[names_[fragment.track]];
    track.seconds = static_cast<double>(fragment.fragment.end_time()) / timescales_[fragment.track];
    track.bytes.insert(track.bytes.end(), fragment.bytes.begin(), fragment.bytes.end());
    co_return Result<>{};
  }
  Task<Result<>> on_track_done(uint32_t track) override {
    tracks[names_[track]].done = true;
    co_return Result<>{};
  }
  Task<Result<>> on_image(const ImageReport& image) override {
    images.push_back(image.kind);
    co_return Result<>{};
  }
  Task<Result<>> on_validation(const ValidationReport& report) override {
    validation = report;
    co_return Result<>{};
  }
  Task<Result<>> on_export(std::span<const std::byte> bytes) override {
    exported.insert(exported.end(), bytes.begin(), bytes.end());
    co_return Result<>{};
  }

  std::map<std::string, Track> tracks;
  std::vector<ImageKind> images;
  std::optional<ValidationReport> validation;
  std::vector<std::byte> exported;

 private:
  std::vector<std::string> names_;
  std::vector<uint32_t> timescales_;
};

class MillraceWorker : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ =
        std::filesystem::temp_directory_path() / ("millrace-worker-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    const std::string command =
        "ffmpeg -v error -y -f lavfi -i testsrc2=size=320x240:rate=30 -f lavfi -i sine -t 3 "
        "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac " +
        clip();
    ASSERT_EQ(std::system(command.c_str()), 0);
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }
  static std::string clip() { return folder_ / "clip.mp4"; }

  JobResult run(JobSpec spec, const std::string& path) {
    const core::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const SourceSlice whole{.fd = file.get(), .size = std::filesystem::file_size(path)};
    const WorkerProgram program{.executable = MR_WORKER,
                                .standard_error = core::Command::StandardError::kInherited};
    return core_->block_on(run_job(control_, program, std::move(spec), {whole}, output_));
  }
  static std::string save(const std::string& name, const std::vector<std::byte>& bytes) {
    const std::string path = folder_ / name;
    const core::UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
    EXPECT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    return path;
  }
  static JobSpec ladder(std::vector<RungSpec> rungs, std::vector<AudioSpec> audio) {
    return {.ladder = std::move(rungs), .audio = std::move(audio), .file_extension = "mp4"};
  }
  static RungSpec rung(std::string quality, fmp4::Codec codec, std::string preset) {
    return {.quality = std::move(quality),
            .codec = codec,
            .height = 240,
            .bitrate_bps = 300'000,
            .max_bitrate_bps = 450'000,
            .preset = std::move(preset)};
  }

  static inline std::filesystem::path folder_;
  core::SystemClock clock_;
  std::unique_ptr<core::Core> core_ = core::Core::create({}, clock_).value();
  core::ControlThread control_;
  NotedTracks output_;
};

// Each encoder starts threads of its own and asks the system what it may use; none may need a call
// that the sandbox refuses.
TEST_F(MillraceWorker, EncodesWithEveryCodecInsideTheSandbox) {
  const auto result = run(
      ladder({rung("240p", fmp4::Codec::kH264, "veryfast"),
              rung("240p-vp9", fmp4::Codec::kVp9, "8"), rung("240p-av1", fmp4::Codec::kAv1, "12")},
             {{"audio-64k", fmp4::Codec::kAac, 64'000},
              {"audio-64k-opus", fmp4::Codec::kOpus, 64'000}}),
      clip());
  ASSERT_TRUE(result) << to_string(result.error().reason) << ": " << result.error().detail;
  ASSERT_EQ(output_.tracks.size(), 5u);
  for (const auto& [quality, track] : output_.tracks) {
    EXPECT_TRUE(track.done) << quality;
    EXPECT_NEAR(track.seconds, 3.0, 0.1) << quality;
  }
  EXPECT_FALSE(output_.images.empty());
}

TEST_F(MillraceWorker, ValidatesAndExportsWhatItMade) {
  ASSERT_TRUE(run(ladder({rung("240p", fmp4::Codec::kH264, "veryfast")}, {}), clip()));
  const std::string track = save("240p.mp4", output_.tracks["240p"].bytes);
  const auto validated = run({.kind = JobKind::kValidate, .file_extension = "mp4"}, track);
  ASSERT_TRUE(validated) << validated.error().detail;
  EXPECT_EQ(output_.validation->frame_count, 90u);
  EXPECT_EQ(output_.validation->decode_error_count, 0u);

  const auto exported = run({.kind = JobKind::kExportTs, .file_extension = "mp4"}, track);
  ASSERT_TRUE(exported) << exported.error().detail;
  ASSERT_FALSE(output_.exported.empty());
  EXPECT_EQ(output_.exported.size() % 188, 0u);
  EXPECT_EQ(output_.exported.front(), std::byte{0x47});
}

TEST_F(MillraceWorker, RefusesAPlaylistThatWouldReadOtherFiles) {
  const std::string text = "ffconcat version 1.0\nfile /etc/passwd\n";
  const auto bytes = std::as_bytes(std::span(text));
  const std::string path = save("concat.txt", {bytes.begin(), bytes.end()});
  const auto result = run(ladder({rung("240p", fmp4::Codec::kH264, "veryfast")}, {}), path);
  ASSERT_FALSE(result);
  EXPECT_FALSE(may_retry(result.error().reason)) << to_string(result.error().reason);
}

}  // namespace
}  // namespace millrace::media::worker
