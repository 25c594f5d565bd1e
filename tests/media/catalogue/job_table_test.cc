#include "media/catalogue/job_table.h"

#include <gtest/gtest.h>

#include "tests/media/catalogue/test_store.h"

namespace millrace::media::catalogue {
namespace {

using test::at_ms;
using test::must_open;
using test::video;

class JobQueue : public testing::Test {
 protected:
  void accept(const char* id, int32_t priority, int64_t created_ms = 0) {
    VideoRecord fresh = video(id);
    if (created_ms != 0) fresh.created = at_ms(created_ms);
    ASSERT_TRUE(catalogue_->accept_video({.video = fresh, .priority = priority}));
  }
  std::string claimed_video(int64_t now_ms) {
    const auto job = catalogue_->claim_job(at_ms(now_ms));
    return job && *job ? (*job)->video_id : "none";
  }

  std::unique_ptr<Catalogue> catalogue_ = must_open(":memory:");
};

TEST_F(JobQueue, GivesTheHighestPriorityFirstAndThenTheOldest) {
  accept("first", 0);
  accept("second", 0);
  accept("urgent", 9);
  EXPECT_EQ(claimed_video(1), "urgent");
  EXPECT_EQ(claimed_video(1), "first");
  EXPECT_EQ(claimed_video(1), "second");
  EXPECT_EQ(claimed_video(1), "none");
}

TEST_F(JobQueue, LetsNothingWaitForEverBehindWhatIsMoreUrgent) {
  constexpr int64_t kMinute = 60'000;
  accept("film", -2, kMinute);
  accept("clip a minute later", 0, 2 * kMinute);
  accept("clip three minutes later", 0, 4 * kMinute);
  EXPECT_EQ(claimed_video(10 * kMinute), "clip a minute later");
  EXPECT_EQ(claimed_video(10 * kMinute), "film");
  EXPECT_EQ(claimed_video(10 * kMinute), "clip three minutes later");
}

TEST_F(JobQueue, HoldsARetriedJobUntilItsTime) {
  accept("v1", 0);
  const auto job = catalogue_->claim_job(at_ms(1)).value();
  ASSERT_TRUE(job);
  EXPECT_EQ(job->attempts, 1U);
  ASSERT_TRUE(
      catalogue_->retry_job({.job_id = job->id, .not_before = at_ms(500), .error = "worker died"}));
  EXPECT_EQ(claimed_video(499), "none");
  EXPECT_EQ(catalogue_->next_job_time().value(), at_ms(500));
  const auto again = catalogue_->claim_job(at_ms(500)).value();
  ASSERT_TRUE(again);
  EXPECT_EQ(again->attempts, 2U);
  EXPECT_EQ(again->last_error, "worker died");
  EXPECT_FALSE(catalogue_->next_job_time().value()) << "a running job has no time to start";
}

TEST_F(JobQueue, ForgetsTheJobsOfARemovedVideo) {
  accept("v1", 0);
  ASSERT_TRUE(catalogue_->remove_video("v1"));
  EXPECT_EQ(claimed_video(1), "none");
}

TEST_F(JobQueue, TakesNoJobForAVideoThatIsNotThere) {
  const auto refused = catalogue_->add_job({.video_id = "ghost"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, core::ErrorCode::kConflict);
}

}  // namespace
}  // namespace millrace::media::catalogue
