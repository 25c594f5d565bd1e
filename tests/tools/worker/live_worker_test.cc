// The real worker as it makes a live stream: the real pipeline inside the real sandbox.
#include <gtest/gtest.h>

#include "core/core.h"
#include "media/worker/run_job.h"
#include "tests/media/real_tools.h"

namespace millrace::media::worker {
namespace {

using core::Result;
using core::Task;

class NotedParts final : public JobOutput {
 public:
  Task<Result<>> on_probe(const ProbeReport& report) override {
    probe = report;
    co_return Result<>{};
  }
  Task<Result<>> on_track(const CheckedTrack& track) override {
    EXPECT_EQ(track.report.track, qualities.size());
    qualities.push_back(track.report.quality);
    parts.push_back(0);
    co_return Result<>{};
  }
  Task<Result<>> on_part(const CheckedPart& part) override {
    ++parts[part.track];
    arrived.notify_all();
    co_return Result<>{};
  }
  Task<Result<>> on_track_done(uint32_t /*track*/) override {
    ++tracks_done;
    co_return Result<>{};
  }

  ProbeReport probe;
  std::vector<std::string> qualities;
  std::vector<int> parts;
  size_t tracks_done = 0;
  core::Event arrived;
};

class LiveWorker : public ::testing::Test {
 protected:
  LiveWorker() {
    const media::test::TemporaryFolder folder;
    const std::string file = folder.file("clip.ts");
    media::test::output_of(
        "ffmpeg -nostdin -v error -f lavfi -i testsrc2=s=640x360:r=30:d=6 -f lavfi -i "
        "sine=440:r=48000:d=6 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 60 -c:a aac " +
        file);
    clip_ = media::test::read_file(file);
    spec_.audio = {{.quality = "audio", .codec = fmp4::Codec::kAac, .bitrate_bps = 96'000}};
    spec_.live.container = LiveContainer::kMpegTs;
  }

  Task<JobResult> job(core::Cancellation* cancellation = nullptr) {
    WorkerProgram program{.executable = MR_WORKER,
                          .standard_error = core::Command::StandardError::kInherited};
    return run_live_job(control_, std::move(program), spec_, feed_, output_, cancellation);
  }
  Task<void> publish() {
    std::span<const std::byte> rest = clip_;
    while (!rest.empty()) {
      const auto piece = rest.first(std::min<size_t>(rest.size(), 1316));
      if (!co_await feed_.write(piece)) co_return;
      rest = rest.subspan(piece.size());
    }
    feed_.finish();
  }

  /// All bytes but no end, and `cancellation` once all parts are there but the one at the end.
  Task<void> publish_and_fall_silent(core::Cancellation& cancellation) {
    std::span<const std::byte> bytes = clip_;
    static_cast<void>(co_await feed_.write(bytes));
    while (output_.parts.empty() || output_.parts[0] < 5) {
      static_cast<void>(co_await output_.arrived.wait());
    }
    cancellation.request();
  }

  core::SystemClock clock_;
  std::unique_ptr<core::Core> core_ = core::Core::create({}, clock_).value();
  core::ControlThread control_;
  JobSpec spec_;
  std::vector<std::byte> clip_;
  LiveFeed feed_;
  NotedParts output_;
};

TEST_F(LiveWorker, MakesPartsOfWhatAnEncoderSends) {
  core_->spawn(publish());
  const JobResult result = core_->block_on(job());
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(output_.probe.part_target_ms, 500U);
  EXPECT_EQ(output_.qualities, (std::vector<std::string>{"source", "audio"}));
  EXPECT_EQ(output_.parts[0], 12);
  EXPECT_EQ(output_.parts[1], 14) << "the end of each of two segments is a part of its own";
  EXPECT_EQ(output_.tracks_done, 2U);
}

TEST_F(LiveWorker, SaysWhyWhatItGotIsNoStream) {
  std::ranges::fill(clip_, std::byte{'x'});
  core_->spawn(publish());
  const JobResult result = core_->block_on(job());
  while (core_->tasks() > 0) core_->turn(core::Core::Idle::kWait);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, FailureReason::kNotMedia);
}

TEST_F(LiveWorker, ReportsPartsWhileThePublisherIsSilent) {
  clip_.resize(clip_.size() / 188 / 2 * 188);
  core::Cancellation cancellation;
  core_->spawn(publish_and_fall_silent(cancellation));
  const JobResult result = core_->block_on(job(&cancellation));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, FailureReason::kCancelled);
}

}  // namespace
}  // namespace millrace::media::worker
