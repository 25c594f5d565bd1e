// Faults of every kind at moments that a seed decides (issue: delivery). Each seed is checked for
// answers that are wrong or look whole and are not, for clients that wait for ever, and for
// anything left behind.
#include <gtest/gtest.h>

#include <set>

#include "tests/sim/replay.h"
#include "tests/sim/simulation.h"

namespace millrace::sim {
namespace {

constexpr uint64_t kSeeds = 10'000;
constexpr uint64_t kSeedsATest = 500;

class Seeds : public ::testing::TestWithParam<uint64_t> {};

TEST_P(Seeds, LeaveNothingBehindAndNobodyWithAWrongAnswer) {
  const uint64_t first = GetParam() * kSeedsATest;
  size_t answers = 0;
  for (uint64_t seed = first; seed < first + kSeedsATest; ++seed) {
    const Verdict verdict = run_announced(seed, Trace::To::kNowhere);
    ASSERT_EQ(verdict.complaint, "") << replay_command(seed);
    answers += verdict.answers;
  }
  EXPECT_GT(answers, kSeedsATest) << "the faults left too little to look at";
}

INSTANTIATE_TEST_SUITE_P(Faults, Seeds, ::testing::Range<uint64_t>(0, kSeeds / kSeedsATest));

TEST(Simulation, DoesTheSameForTheSameSeedOnly) {
  std::set<uint64_t> sums;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const uint64_t sum = run_announced(seed, Trace::To::kNowhere).trace_sum;
    EXPECT_EQ(run_announced(seed, Trace::To::kNowhere).trace_sum, sum) << seed;
    sums.insert(sum);
  }
  // Those whose faults keep the server from starting leave no trace, and are alike in that.
  EXPECT_GT(sums.size(), 10u);
}

}  // namespace
}  // namespace millrace::sim
