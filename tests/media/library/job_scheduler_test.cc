#include "media/library/job_scheduler.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>

#include "tests/media/library/library_test_bench.h"

namespace millrace::media::library {
namespace {

using catalogue::JobState;
using catalogue::VideoState;
using namespace std::chrono_literals;

/// Leaves what has ended to whoever waits for it.
bool has_child() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/// Jobs run in real processes (scripted_worker.cc), back-off in simulated time.
class JobSchedulerTest : public LibraryTestBench {
 protected:
  JobSchedulerTest() {
    config_.workers.path = MR_SCRIPTED_WORKER;
    config_.store.free_space_floor = core::ByteCount{0};
    config_.transcode.rung = {
        {.quality = "240p", .height = 240, .bitrate_bps = 400'000, .max_bitrate_bps = 600'000}};
  }
  ~JobSchedulerTest() override {
    stop();
    EXPECT_FALSE(has_child()) << "a worker was left behind";
  }

  void start() {
    scheduler_ = std::make_unique<JobScheduler>(config_, *library_);
    core_->spawn(scheduler_->run());
  }
  void restart() {
    stop();
    open();
    start();
  }
  void until_state(const std::string& id, VideoState state) {
    until([&] { return state_of(id) == state; });
  }
  /// A worker is at it and has made something.
  void until_watchable(const std::string& id) {
    until([&] {
      const Making* making = shelf_->making(id);
      return making != nullptr && making->tracks != nullptr;
    });
  }
  /// Until the one job there is waits for its next attempt.
  catalogue::JobRecord until_it_waits() {
    catalogue::JobRecord job;
    until([&] {
      const auto all = jobs();
      if (all.size() == 1) job = all[0];
      return job.state == JobState::kQueued && job.attempts > 0 &&
             shelf_->making(job.video_id) == nullptr;
    });
    return job;
  }
  std::chrono::milliseconds pause_before(const catalogue::JobRecord& job) const {
    return job.not_before -
           std::chrono::time_point_cast<std::chrono::milliseconds>(clock_.unix_now());
  }
  void let_its_time_come(const catalogue::JobRecord& job) {
    settle();  // The scheduler has set its timer.
    clock_.advance(pause_before(job) + core::Timers::kTick);
  }
  size_t running() {
    const auto all = jobs();
    return static_cast<size_t>(
        std::ranges::count(all, JobState::kRunning, [](const auto& job) { return job.state; }));
  }
  void settle() {
    for (int i = 0; i < 20; ++i) static_cast<void>(jobs());  // Each is a round trip.
  }

  core::Config config_;
  std::unique_ptr<JobScheduler> scheduler_;
};

TEST_F(JobSchedulerTest, MakesAQueuedVideoReady) {
  accept("v1", "good");
  start();
  until_state("v1", VideoState::kReady);
  const auto video = library_->find("v1");
  ASSERT_EQ(video->formats.size(), 1U);
  EXPECT_EQ(video->formats[0].quality, "240p");
  EXPECT_EQ(video->formats[0].itag, 133U);
  EXPECT_EQ(video->duration, 8s);
  EXPECT_EQ(video->source.container, "mov");
  EXPECT_TRUE(video->has_poster);
  EXPECT_TRUE(exists(paths().track("v1", "240p")));
  EXPECT_TRUE(exists(paths().poster("v1")));
  EXPECT_FALSE(exists(paths().track("v1", "240p") + ".part"));
  until([&] { return shelf_->making("v1") == nullptr; });
  EXPECT_TRUE(jobs().empty());
}

TEST_F(JobSchedulerTest, TakesAVideoThatComesWhileItHasNothingToDo) {
  start();
  settle();
  accept("v1", "good");
  until_state("v1", VideoState::kReady);
}

TEST_F(JobSchedulerTest, ShowsWhatIsThereWhileTheWorkerIsAtIt) {
  accept("v1", "hang");
  start();
  until_watchable("v1");
  EXPECT_EQ(state_of("v1"), VideoState::kProcessing);
  EXPECT_EQ(shelf_->making("v1")->progress.fraction, 0.5);
  EXPECT_EQ(shelf_->making("v1")->tracks->find("240p")->rendition.index.size(), 1U);
}

TEST_F(JobSchedulerTest, FailsAtOnceWhatNoAttemptCanChange) {
  accept("v1", "refuse");
  start();
  until_state("v1", VideoState::kFailed);
  const auto video = library_->find("v1");
  ASSERT_TRUE(video->failure);
  EXPECT_EQ(video->failure->reason, "truncated");
  EXPECT_EQ(video->failure->detail,
            "The file is incomplete: a part that is needed to play it is missing. The recording or "
            "the copy was probably interrupted; upload a complete file. (no moov box)");
  EXPECT_TRUE(jobs().empty());
  EXPECT_FALSE(exists(paths().processed_folder("v1"))) << "nothing is left behind";
}

TEST_F(JobSchedulerTest, TriesACrashThreeTimesWithGrowingPausesAndThenFails) {
  accept("v1", "crash");
  start();
  const auto first = until_it_waits();
  EXPECT_EQ(first.attempts, 1U);
  EXPECT_EQ(std::chrono::ceil<std::chrono::seconds>(pause_before(first)), 2s);
  EXPECT_EQ(state_of("v1"), VideoState::kQueued);
  EXPECT_TRUE(library_->find("v1")->formats.empty());

  clock_.advance(pause_before(first) - 100ms);
  settle();
  EXPECT_EQ(running(), 0U) << "it does not begin before its time";
  let_its_time_come(first);
  until([&] { return running() == 1; });
  const auto second = until_it_waits();
  EXPECT_EQ(second.attempts, 2U);
  EXPECT_EQ(std::chrono::ceil<std::chrono::seconds>(pause_before(second)), 4s);

  let_its_time_come(second);
  until_state("v1", VideoState::kFailed);
  EXPECT_EQ(library_->find("v1")->failure->reason, "worker_crashed");
  EXPECT_TRUE(library_->find("v1")->failure->detail.starts_with(
      "Converting the video crashed, more than once."));
  EXPECT_TRUE(jobs().empty());
  EXPECT_FALSE(exists(paths().processed_folder("v1")));
}

TEST_F(JobSchedulerTest, ForgetsAFailedAttemptWhenTheNextOneSucceeds) {
  accept("v1", "crash");
  start();
  const auto job = until_it_waits();
  write_script("v1", "good");
  let_its_time_come(job);
  until_state("v1", VideoState::kReady);
  EXPECT_FALSE(library_->find("v1")->failure);
  EXPECT_EQ(library_->find("v1")->duration, 8s);
}

TEST_F(JobSchedulerTest, TakesAwayWhatAnAttemptMadeBeforeTheNextOneMayBegin) {
  accept("v1", "crash");
  start();
  until([&] {
    const auto job = jobs().at(0);
    return job.state == JobState::kQueued && job.attempts == 1;
  });
  EXPECT_EQ(shelf_->making("v1"), nullptr) << "or its end would take away what the next one makes";
}

TEST_F(JobSchedulerTest, PublishesNoTrackThatDoesNotDecode) {
  config_.workers.attempts_max = 1;
  accept("v1", "damage");
  start();
  until_state("v1", VideoState::kFailed);
  EXPECT_EQ(library_->find("v1")->failure->reason, "invalid_output");
  EXPECT_TRUE(library_->find("v1")->failure->detail.ends_with("(240p: 4 frames do not decode)"))
      << library_->find("v1")->failure->detail;
  EXPECT_FALSE(exists(paths().processed_folder("v1")));
}

TEST_F(JobSchedulerTest, PublishesNoTrackThatIsShorterThanItsSource) {
  config_.workers.attempts_max = 1;
  accept("v1", "short");
  start();
  until_state("v1", VideoState::kFailed);
  EXPECT_EQ(library_->find("v1")->failure->reason, "invalid_output");
  EXPECT_TRUE(
      library_->find("v1")->failure->detail.ends_with("(240p: 8.000 s long, made of 10.000 s)"))
      << library_->find("v1")->failure->detail;
  EXPECT_FALSE(exists(paths().processed_folder("v1")));
}

TEST_F(JobSchedulerTest, LeavesTheJobForTheNextStartAndDoesNotCountTheAttempt) {
  config_.workers.attempts_max = 2;
  accept("v1", "hang");
  start();
  for (int restarts = 0; restarts < 3; ++restarts) {
    until_watchable("v1");
    restart();
    EXPECT_EQ(state_of("v1"), VideoState::kQueued);
  }
  until_watchable("v1");
  EXPECT_EQ(jobs()[0].attempts, 1U);
  stop();
  write_script("v1", "crash");
  open();
  start();
  EXPECT_EQ(until_it_waits().attempts, 1U) << "one failure, one attempt used up";
}

TEST_F(JobSchedulerTest, StopsWhenTheDiskGetsShortAndGoesOnWhenThereIsRoomAgain) {
  accept("v1", "busy");
  start();
  until_watchable("v1");
  config_.store.free_space_floor = core::ByteCount{UINT64_MAX / 2};  // Somebody else fills it.
  clock_.advance(1s);
  until([&] { return running() == 0; });
  const catalogue::JobRecord job = jobs().at(0);
  EXPECT_EQ(job.attempts, 0U) << "it is no fault of the video";
  EXPECT_EQ(std::chrono::ceil<std::chrono::seconds>(pause_before(job)), 60s);
  EXPECT_EQ(job.last_error, worker::advice(worker::FailureReason::kDiskShort));
  EXPECT_EQ(state_of("v1"), VideoState::kQueued);
  EXPECT_FALSE(exists(paths().processed_folder("v1"))) << "what was made makes room";
  EXPECT_TRUE(exists(paths().original("v1")));

  for (int tries = 0; tries < 4; ++tries) {  // More than the attempts that a failing job has.
    let_its_time_come(jobs().at(0));
    until(
        [&] { return jobs().at(0).state == JobState::kQueued && pause_before(jobs().at(0)) > 1s; });
  }
  EXPECT_EQ(state_of("v1"), VideoState::kQueued);
  config_.store.free_space_floor = core::ByteCount{0};
  write_script("v1", "good");
  let_its_time_come(jobs().at(0));
  until_state("v1", VideoState::kReady);
}

TEST_F(JobSchedulerTest, DoesNotCountAnOrderlyEndAsAnInterruption) {
  accept("v1", "hang");
  start();
  until_watchable("v1");
  stop();
  open();
  ASSERT_EQ(jobs().size(), 1U);
  EXPECT_EQ(jobs()[0].state, JobState::kQueued);
  EXPECT_EQ(jobs()[0].interruptions, 0U);
  EXPECT_EQ(jobs()[0].attempts, 0U);
}

TEST_F(JobSchedulerTest, GivesUpAJobDuringWhichTheServerDiesAgainAndAgain) {
  accept("v1", "good");
  accept("v2", "good");
  for (int deaths = 0; deaths < 5; ++deaths) {
    // The oldest is claimed and runs; then the server is no more.
    EXPECT_TRUE(
        ask([](catalogue::Catalogue& c) { return c.claim_job(catalogue::test::at_ms(5'000)); }));
    stop();
    open();
  }
  start();
  until_state("v1", VideoState::kFailed);
  EXPECT_EQ(library_->find("v1")->failure->reason, "interrupted");
  EXPECT_TRUE(library_->find("v1")->failure->detail.ends_with("(5 times)"));
  until_state("v2", VideoState::kReady);
  until([&] { return jobs().empty(); });
}

TEST_F(JobSchedulerTest, FinishesAfterARestartWhatItHadBegun) {
  accept("v1", "hang");
  start();
  until_watchable("v1");
  stop();
  write_script("v1", "good");
  open();
  start();
  until_state("v1", VideoState::kReady);
  EXPECT_TRUE(exists(paths().track("v1", "240p")));
}

TEST_F(JobSchedulerTest, EndsTheWorkerOfARemovedVideoAndTakesItsFilesAway) {
  accept("v1", "hang");
  start();
  until_watchable("v1");
  ASSERT_TRUE(core_->block_on(library_->remove_video("v1")));
  EXPECT_EQ(library_->find("v1"), nullptr);
  until([&] { return !exists(paths().processed_folder("v1")) && !has_child(); });
  EXPECT_FALSE(exists(paths().upload_folder("v1")));
  EXPECT_TRUE(jobs().empty());
  accept("v2", "good");
  until_state("v2", VideoState::kReady);
}

TEST_F(JobSchedulerTest, RunsAsManyWorkersAsItMay) {
  config_.workers.max = 2;
  for (const char* id : {"v1", "v2", "v3", "v4"}) accept(id, "hang");
  start();
  until_watchable("v1");
  until_watchable("v2");
  settle();
  EXPECT_EQ(running(), 2U);
}

TEST_F(JobSchedulerTest, RunsOneWorkerWhereNothingIsSaid) {
  for (const char* id : {"v1", "v2"}) accept(id, "hang");
  start();
  until_watchable("v1");
  settle();
  EXPECT_EQ(running(), 1U);
}

TEST_F(JobSchedulerTest, CountsWhoeverElseRunsAWorker) {
  accept("v1", "good");
  {
    const core::Gate::Pass exporter = library_->workers().enter();
    start();
    settle();
    EXPECT_EQ(running(), 0U);
  }
  library_->jobs_changed().notify_all();
  // With one place for all: the validation of its track has the place of its transcode.
  until_state("v1", VideoState::kReady);
  until([&] { return library_->workers().inside() == 0; });
}

TEST_F(JobSchedulerTest, TakesTheHigherPriorityFirstAndThenTheOlder) {
  accept("old", "good");
  accept("new", "good");
  accept("urgent", "good", 5);
  start();
  std::vector<std::string> order;
  until([&] {
    for (const char* id : {"old", "new", "urgent"}) {
      if (state_of(id) == VideoState::kReady && std::ranges::find(order, id) == order.end()) {
        order.emplace_back(id);
      }
    }
    return order.size() == 3;
  });
  EXPECT_EQ(order, (std::vector<std::string>{"urgent", "old", "new"}));
}

TEST_F(JobSchedulerTest, SaysWhenTheWorkerCannotBeStarted) {
  config_.workers.path = "/nowhere/millrace-worker";
  config_.workers.attempts_max = 1;
  accept("v1", "good");
  start();
  until_state("v1", VideoState::kFailed);
  EXPECT_EQ(library_->find("v1")->failure->reason, "worker_not_started");
}

}  // namespace
}  // namespace millrace::media::library
