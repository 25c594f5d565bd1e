#include "media/worker/failure.h"

#include <gtest/gtest.h>

#include <set>

namespace millrace::media::worker {
namespace {

std::vector<FailureReason> all_reasons() {
  std::vector<FailureReason> reasons;
  for (int number = 0; number < 256; ++number) {
    if (is_failure_reason(static_cast<uint8_t>(number))) {
      reasons.push_back(static_cast<FailureReason>(number));
    }
  }
  return reasons;
}

TEST(FailureReason, HasAWordOfItsOwnAndASentenceToActOn) {
  std::set<std::string_view> words;
  for (const FailureReason reason : all_reasons()) {
    EXPECT_TRUE(words.insert(to_string(reason)).second) << to_string(reason);
    EXPECT_TRUE(advice(reason).ends_with('.')) << to_string(reason);
  }
  EXPECT_EQ(words.size(), 27u);
}

TEST(FailureReason, IsRetriedOnlyWhenTheFileIsNotToBlame) {
  EXPECT_FALSE(may_retry(FailureReason::kTruncated));
  EXPECT_FALSE(may_retry(FailureReason::kEncrypted));
  EXPECT_FALSE(may_retry(FailureReason::kCancelled));
  EXPECT_FALSE(may_retry(FailureReason::kOutOfTime)) << "it takes as long again";
  EXPECT_TRUE(may_retry(FailureReason::kCrashed));
  EXPECT_TRUE(may_retry(FailureReason::kHung));
}

TEST(FailureReason, IsWorthFewerAttemptsTheSurerItsEndIs) {
  EXPECT_EQ(attempts_worth(FailureReason::kCrashed, 3), 3U);
  EXPECT_EQ(attempts_worth(FailureReason::kInvalidOutput, 3), 2U);
  EXPECT_EQ(attempts_worth(FailureReason::kInvalidOutput, 1), 1U);
  EXPECT_EQ(attempts_worth(FailureReason::kOutOfTime, 3), 1U);
  EXPECT_EQ(attempts_worth(FailureReason::kTruncated, 3), 1U);
}

TEST(JobFailure, CallsAClosedRingACancelledJob) {
  const auto failure = job_failure(core::Error{.code = core::ErrorCode::kClosed, .what = "gone"});
  EXPECT_EQ(failure.error().reason, FailureReason::kCancelled);
  EXPECT_EQ(failure.error().detail, "gone");
}

}  // namespace
}  // namespace millrace::media::worker
