#include <gtest/gtest.h>

#include "core/core.h"
#include "core/io/sleep.h"
#include "media/worker/run_job.h"
#include "tests/media/worker/live_records.h"

namespace millrace::media::worker {
namespace {

using core::Result;
using core::Task;
using namespace std::chrono_literals;

class NotedParts final : public JobOutput {
 public:
  Task<Result<>> on_part(const CheckedPart& part) override {
    ++parts;
    segments += part.starts_segment;
    arrived.notify_all();
    co_return Result<>{};
  }
  Task<Result<>> on_notice(const Notice& notice) override {
    sum = notice.amount_ms;
    co_return Result<>{};
  }
  uint32_t parts = 0;
  uint32_t segments = 0;
  uint64_t sum = 0;
  core::Event arrived;
};

class RunLiveJob : public ::testing::Test {
 protected:
  Task<JobResult> job(std::string behaviour, core::Cancellation* cancellation = nullptr) {
    JobSpec spec = test::live_spec();
    spec.file_extension = std::move(behaviour);
    WorkerProgram program{.executable = MR_FAKE_WORKER,
                          .silence_max = silence_max_,
                          .report_gap_max = 600s,
                          .standard_error = core::Command::StandardError::kInherited};
    return run_live_job(control_, std::move(program), std::move(spec), feed_, output_,
                        cancellation);
  }
  /// Writes `count` bytes in pieces of odd sizes, then says that it was all.
  Task<void> publish(size_t count) {
    std::vector<std::byte> bytes;
    for (size_t piece = 1; count > 0; piece = piece * 3 % 400'009) {
      bytes.resize(std::min(piece, count));
      for (std::byte& byte : bytes) {
        byte = static_cast<std::byte>(published_++ * 7);
        sum_ = sum_ * 31 + std::to_integer<uint64_t>(byte);
      }
      const auto written = co_await feed_.write(bytes);
      if (!written) {
        refused_ = written.error().code;
        co_return;
      }
      count -= bytes.size();
    }
    feed_.finish();
  }
  /// Two parts with several times the longest silence between them.
  Task<void> publish_with_a_pause() {
    const std::vector<std::byte> bytes(100'000);
    static_cast<void>(co_await feed_.write(bytes));
    static_cast<void>(co_await core::io::Sleep(*core_, silence_max_ * 5));
    static_cast<void>(co_await feed_.write(bytes));
    feed_.finish();
  }
  Task<void> cancel_after_two_parts(core::Cancellation& cancellation) {
    const std::vector<std::byte> bytes(250'000);
    static_cast<void>(co_await feed_.write(bytes));
    while (output_.parts < 2) static_cast<void>(co_await output_.arrived.wait());
    cancellation.request();
  }
  JobResult run(std::string behaviour, size_t published) {
    core_->spawn(publish(published));
    JobResult result = core_->block_on(job(std::move(behaviour)));
    while (core_->tasks() > 0) core_->turn(core::Core::Idle::kWait);
    return result;
  }

  core::SystemClock clock_;
  std::unique_ptr<core::Core> core_ = core::Core::create({}, clock_).value();
  core::ControlThread control_;
  LiveFeed feed_;
  NotedParts output_;
  std::chrono::nanoseconds silence_max_ = 60s;
  size_t published_ = 0;
  uint64_t sum_ = 0;
  std::optional<core::ErrorCode> refused_;
};

TEST_F(RunLiveJob, HandsOverPartsOfAllBytesUntilThePublisherEnds) {
  const JobResult result = run("honest", 9'000'000);  // Several times what the ring holds.
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(output_.parts, 90U);
  EXPECT_EQ(output_.segments, 23U);
  EXPECT_EQ(output_.sum, sum_) << "other bytes than were published";
  EXPECT_EQ(feed_.size(), 9'000'000U);
  EXPECT_TRUE(feed_.closed());
}

TEST_F(RunLiveJob, LeavesAWorkerAloneWhoseEncoderIsSilent) {
  silence_max_ = 200ms;
  core_->spawn(publish_with_a_pause());
  const JobResult result = core_->block_on(job("honest"));
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(output_.parts, 2U);
}

TEST_F(RunLiveJob, EndsAWorkerThatDoesNotTakeWhatIsThere) {
  silence_max_ = 300ms;
  const JobResult result = run("stuck", 50'000'000);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, FailureReason::kHung);
  EXPECT_EQ(refused_, core::ErrorCode::kClosed) << "the publisher learns of it";
}

TEST_F(RunLiveJob, TellsThePublisherOfACrash) {
  const JobResult result = run("crash", 50'000'000);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, FailureReason::kExitedEarly);
  EXPECT_EQ(output_.parts, 3U);
  EXPECT_EQ(refused_, core::ErrorCode::kClosed);
}

TEST_F(RunLiveJob, RefusesAWorkerThatEndsBeforeItsPublisher) {
  const JobResult result = core_->block_on(job("early"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, FailureReason::kMalformedReport);
}

TEST_F(RunLiveJob, AcceptsAPublisherThatEndsBeforeItBegan) {
  feed_.finish();
  const JobResult result = core_->block_on(job("honest"));
  EXPECT_TRUE(result);
  EXPECT_EQ(output_.parts, 0U);
}

TEST_F(RunLiveJob, EndsAtOnceWhenItIsCancelled) {
  core::Cancellation cancellation;
  core_->spawn(cancel_after_two_parts(cancellation));
  const JobResult result = core_->block_on(job("honest", &cancellation));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, FailureReason::kCancelled);
}

TEST_F(RunLiveJob, ClosesTheFeedOfAWorkerThatCannotBeStarted) {
  const WorkerProgram missing{.executable = "/nonexistent/millrace-worker"};
  const auto result =
      core_->block_on(run_live_job(control_, missing, test::live_spec(), feed_, output_));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, FailureReason::kNotStarted);
  EXPECT_TRUE(feed_.closed());
}

}  // namespace
}  // namespace millrace::media::worker
