#include "media/worker/run_job.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cerrno>
#include <filesystem>
#include <random>

#include "core/core.h"
#include "core/io/sleep.h"
#include "tests/media/worker/sample_records.h"

namespace millrace::media::worker {
namespace {

using core::Result;
using core::Task;
using namespace std::chrono_literals;

/// Notes what it is given, and fails or waits where it is told to.
class NotedOutput final : public JobOutput {
 public:
  Task<Result<>> on_probe(const ProbeReport&) override {
    ++probes;
    co_return Result<>{};
  }
  Task<Result<>> on_track(const CheckedTrack& track) override {
    tracks.push_back(track.report.quality);
    co_return Result<>{};
  }
  Task<Result<>> on_fragment(const CheckedFragment& fragment) override {
    if (fails_at_fragment == fragments) {
      co_return core::fail(fails_with, "disk full");
    }
    ++fragments;
    end_time = fragment.fragment.end_time();
    if (cancels != nullptr) cancels->request();
    co_return Result<>{};
  }
  Task<Result<>> on_export(std::span<const std::byte> bytes) override {
    exported.insert(exported.end(), bytes.begin(), bytes.end());
    co_return Result<>{};
  }

  int probes = 0;
  std::vector<std::string> tracks;
  int fragments = 0;
  int fails_at_fragment = -1;
  core::ErrorCode fails_with = core::ErrorCode::kOs;
  uint64_t end_time = 0;
  std::vector<std::byte> exported;
  core::Cancellation* cancels = nullptr;
};

size_t open_fds() {
  const std::filesystem::directory_iterator fds("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(fds), end(fds)));
}

bool has_child() { return ::waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

class RunJob : public ::testing::Test {
 protected:
  RunJob() {
    std::mt19937 random(1);
    source_.resize(3'000'001);
    for (std::byte& byte : source_) byte = static_cast<std::byte>(random());
    source_fd_.reset(::memfd_create("source", MFD_CLOEXEC));
    EXPECT_EQ(::write(source_fd_.get(), source_.data(), source_.size()),
              static_cast<ssize_t>(source_.size()));
    fds_before_ = open_fds();
  }
  ~RunJob() override {
    EXPECT_EQ(open_fds(), fds_before_) << "a descriptor was left open";
    EXPECT_FALSE(has_child()) << "a worker was left behind";
    EXPECT_EQ(core_->tasks(), 0u);
  }

  WorkerProgram program() const {
    return {.executable = MR_FAKE_WORKER,
            .silence_max = silence_max_,
            .report_gap_max = report_gap_max_,
            .standard_error = core::Command::StandardError::kInherited};
  }
  Task<JobResult> job(std::string behaviour, JobOutput& output,
                      core::Cancellation* cancellation = nullptr) {
    JobSpec spec = test::transcode_spec();
    spec.file_extension = std::move(behaviour);
    spec.limits.cpu_seconds_max = cpu_seconds_max_;
    return run_job(control_, program(), std::move(spec), whole_source(), output, cancellation);
  }
  JobResult run(std::string behaviour) {
    return core_->block_on(job(std::move(behaviour), output_));
  }
  FailureReason failure(std::string behaviour) {
    const JobResult result = run(std::move(behaviour));
    if (result) return FailureReason::kInternal;
    detail_ = result.error().detail;
    return result.error().reason;
  }
  std::vector<SourceSlice> whole_source() const {
    return {{.fd = source_fd_.get(), .offset = 0, .size = source_.size()}};
  }

  core::SystemClock clock_;
  std::unique_ptr<core::Core> core_ = core::Core::create({}, clock_).value();
  core::ControlThread control_;
  std::vector<std::byte> source_;
  core::UniqueFd source_fd_;
  size_t fds_before_ = 0;
  std::chrono::nanoseconds silence_max_ = 60s;
  std::chrono::nanoseconds report_gap_max_ = 600s;
  uint32_t cpu_seconds_max_ = 600;
  NotedOutput output_;
  std::string detail_;
};

TEST_F(RunJob, HandsOverWhatAnHonestWorkerMakes) {
  const JobResult result = run("honest");
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(output_.probes, 1);
  EXPECT_EQ(output_.tracks, std::vector<std::string>{"240p"});
  EXPECT_EQ(output_.fragments, 20);
  EXPECT_EQ(output_.end_time, 20 * test::kFragmentDuration);
}

TEST_F(RunJob, FeedsTheSourceFromWhereTheWorkerSeeks) {
  JobSpec spec{.kind = JobKind::kExportTs};
  // Two slices of the file, the later one first.
  const std::vector<SourceSlice> slices = {
      {.fd = source_fd_.get(), .offset = 1'000'000, .size = 2'000'001},
      {.fd = source_fd_.get(), .offset = 10, .size = 500'000}};
  std::vector<std::byte> whole(source_.begin() + 1'000'000, source_.end());
  whole.insert(whole.end(), source_.begin() + 10, source_.begin() + 500'010);
  std::vector<std::byte> expected(whole.begin() + static_cast<long>(whole.size() / 2), whole.end());
  expected.insert(expected.end(), whole.begin(), whole.end());

  const auto result = core_->block_on(run_job(control_, program(), spec, slices, output_));
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_TRUE(output_.exported == expected);
}

TEST_F(RunJob, PassesOnTheVerdictOfTheWorkerInOnePrintableLine) {
  EXPECT_EQ(failure("refuse"), FailureReason::kTruncated);
  EXPECT_EQ(detail_, "no moov box");
}

TEST_F(RunJob, TellsACrashAtAnyRecord) {
  for (const int record : {0, 1, 2, 7}) {
    EXPECT_EQ(failure("crash-" + std::to_string(record)), FailureReason::kCrashed) << record;
    EXPECT_FALSE(detail_.empty());
  }
}

TEST_F(RunJob, KeepsWhatWasReportedBeforeACrash) {
  EXPECT_EQ(failure("crash-7"), FailureReason::kCrashed);
  EXPECT_EQ(output_.fragments, 5);
}

TEST_F(RunJob, TellsAWorkerThatEndsWithoutAVerdict) {
  EXPECT_EQ(failure("exit-5"), FailureReason::kExitedEarly);
  EXPECT_EQ(detail_, "exit status 3 without a verdict");
}

TEST_F(RunJob, EndsAWorkerThatGivesNoSignOfLife) {
  silence_max_ = 300ms;
  EXPECT_EQ(failure("hang-4"), FailureReason::kHung);
}

TEST_F(RunJob, EndsAWorkerThatSpinsForEver) {
  report_gap_max_ = 300ms;
  EXPECT_EQ(failure("burn"), FailureReason::kHung);
  EXPECT_NE(detail_.find("while it used the CPU"), std::string::npos) << detail_;
}

TEST_F(RunJob, EndsAWorkerThatUsesUpItsTime) {
  cpu_seconds_max_ = 1;
  EXPECT_EQ(failure("burn"), FailureReason::kOutOfTime);
}

TEST_F(RunJob, RefusesGarbageInTheRing) {
  for (const int seed : {1, 2, 3, 4, 5}) {
    EXPECT_EQ(failure("scribble-" + std::to_string(seed)), FailureReason::kMalformedReport) << seed;
  }
}

TEST_F(RunJob, RefusesAFragmentThatLies) {
  EXPECT_EQ(failure("lie"), FailureReason::kMalformedReport);
  EXPECT_EQ(output_.fragments, 1) << "the one before the lie";
}

TEST_F(RunJob, RefusesAFlood) { EXPECT_EQ(failure("flood"), FailureReason::kMalformedReport); }

TEST_F(RunJob, FailsWhenTheOutputCannotBeStored) {
  output_.fails_at_fragment = 3;
  output_.fails_with = core::ErrorCode::kNoSpace;
  EXPECT_EQ(failure("honest"), FailureReason::kDiskShort);
  EXPECT_EQ(detail_, "disk full");
  output_.fragments = 0;
  output_.fails_with = core::ErrorCode::kOs;
  EXPECT_EQ(failure("honest"), FailureReason::kOutputFailed);
}

TEST_F(RunJob, EndsWholeWhenItIsCancelledBeforeItBegins) {
  core::Cancellation cancellation;
  cancellation.request();
  const JobResult result = core_->block_on(job("honest", output_, &cancellation));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, FailureReason::kCancelled);
  EXPECT_EQ(output_.probes, 0);
}

TEST_F(RunJob, EndsAtOnceWhenItIsCancelled) {
  core::Cancellation cancellation;
  output_.cancels = &cancellation;
  const auto result = core_->block_on(job("hang-3", output_, &cancellation));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, FailureReason::kCancelled);
}

TEST_F(RunJob, SaysWhichProgramCouldNotBeStarted) {
  const WorkerProgram missing{.executable = "/nonexistent/millrace-worker"};
  const auto result =
      core_->block_on(run_job(control_, missing, test::transcode_spec(), whole_source(), output_));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, FailureReason::kNotStarted);
  EXPECT_NE(result.error().detail.find("/nonexistent/millrace-worker"), std::string::npos);
}

TEST_F(RunJob, BlamesTheSourceWhenTheFileIsShorterThanItWas) {
  const std::vector<SourceSlice> slices = {
      {.fd = source_fd_.get(), .offset = 0, .size = source_.size() + 1}};
  const auto result = core_->block_on(
      run_job(control_, program(), JobSpec{.kind = JobKind::kExportTs}, slices, output_));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, FailureReason::kSourceUnreadable);
}

Task<void> run_into(Task<JobResult> job, std::optional<JobResult>& result) {
  result.emplace(co_await std::move(job));
}

TEST_F(RunJob, LeavesOtherJobsOfTheCoreAlone) {
  const std::vector<std::string> behaviours = {"honest", "crash-3", "scribble-1", "honest",
                                               "flood",  "lie",     "exit-1",     "honest"};
  std::vector<NotedOutput> outputs(behaviours.size());
  std::vector<std::optional<JobResult>> results(behaviours.size());
  for (size_t i = 0; i < behaviours.size(); ++i) {
    core_->spawn(run_into(job(behaviours[i], outputs[i]), results[i]));
  }
  while (core_->tasks() > 0) core_->turn(core::Core::Idle::kWait);
  for (size_t i = 0; i < behaviours.size(); ++i) {
    ASSERT_TRUE(results[i]);
    EXPECT_EQ(results[i]->has_value(), behaviours[i] == "honest") << behaviours[i];
    if (*results[i]) EXPECT_EQ(outputs[i].fragments, 20);
  }
}

}  // namespace
}  // namespace millrace::media::worker
