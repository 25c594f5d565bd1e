#include "media/upload/append_plan.h"

#include <gtest/gtest.h>

namespace millrace::media::upload {
namespace {

using catalogue::UploadRecord;
using catalogue::UploadState;

constexpr uint64_t kSizeMax = 1'000;

struct PlanCase {
  std::optional<uint64_t> declared;
  uint64_t received;
  Append append;
  int status;  ///< 204: accepted.
  const char* why;
};

int status_of(const Accepted<AppendPlan>& plan) { return plan ? 204 : plan.error().status; }

TEST(AppendPlan, FollowsTheRulesOfThePatch) {
  const PlanCase cases[] = {
      {100, 0, {.offset = 0, .content_length = 100}, 204, "the whole file"},
      {100, 60, {.offset = 60, .content_length = 40}, 204, "the rest"},
      {100, 60, {.offset = 60}, 204, "a body of unknown size"},
      {100, 60, {.offset = 59}, 409, "an offset that was passed"},
      {100, 60, {.offset = 61}, 409, "an offset that would leave a hole"},
      {100, 60, {.offset = 60, .content_length = 41}, 413, "beyond the declared length"},
      {100, 100, {.offset = 100, .content_length = 0}, 204, "nothing, at the end"},
      {100, 100, {.offset = 100, .content_length = 1}, 413, "more, at the end"},
      {100, 0, {.offset = 0, .length = 100}, 204, "the same length again"},
      {100, 0, {.offset = 0, .length = 101}, 400, "another length"},
      {{}, 0, {.offset = 0, .content_length = kSizeMax}, 204, "deferred, as much as we take"},
      {{}, 0, {.offset = 0, .content_length = kSizeMax + 1}, 413, "deferred, more than we take"},
      {{}, 60, {.offset = 60, .length = 100, .content_length = 40}, 204, "settled and filled"},
      {{}, 60, {.offset = 60, .length = 59}, 400, "settled below what is there"},
      {{}, 60, {.offset = 60, .length = kSizeMax + 1}, 413, "settled above what we take"},
      {{}, 0, {.offset = 0, .length = 0}, 400, "settled as empty"},
  };
  for (const PlanCase& test : cases) {
    const UploadRecord upload{.length = test.declared};
    EXPECT_EQ(status_of(plan_append({upload, test.received}, test.append, kSizeMax)), test.status)
        << test.why;
  }
}

TEST(AppendPlan, AllowsExactlyTheBytesThatAreMissing) {
  const UploadRecord upload{.length = 100};
  const auto plan = plan_append({upload, 60}, {.offset = 60}, kSizeMax);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->body_size_max, 40U);
  EXPECT_EQ(plan->length, 100U);
  EXPECT_FALSE(plan->settles_length);
}

TEST(AppendPlan, SettlesADeferredLengthOnce) {
  const UploadRecord upload;
  const auto plan = plan_append({upload, 0}, {.offset = 0, .length = 70}, kSizeMax);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->length, 70U);
  EXPECT_TRUE(plan->settles_length);
  EXPECT_EQ(plan->body_size_max, 70U);
}

TEST(AppendPlan, SaysGoneForAnUploadThatEnded) {
  EXPECT_EQ(status_of(plan_append({{.length = 1, .state = UploadState::kTerminated}, 0},
                                  {.offset = 0}, kSizeMax)),
            410);
  EXPECT_EQ(status_of(plan_append({{.length = 1, .state = UploadState::kExpired}, 0}, {.offset = 0},
                                  kSizeMax)),
            410);
}

}  // namespace
}  // namespace millrace::media::upload
