// Encoders, a desk and a network that do what a seed says.
#include <gtest/gtest.h>

#include "tests/sim/rtmp_simulation.h"

namespace millrace::sim {
namespace {

constexpr uint64_t kSeeds = 4'000;
constexpr uint64_t kSeedsATest = 500;

class RtmpSeeds : public ::testing::TestWithParam<uint64_t> {};

TEST_P(RtmpSeeds, LeaveNothingBehindAndNobodyUnheard) {
  size_t publications = 0;
  for (uint64_t i = 0; i < kSeedsATest; ++i) {
    const uint64_t seed = GetParam() * kSeedsATest + i;
    auto simulation = std::make_unique<RtmpSimulation>(seed);
    const std::string complaint = simulation->play();
    publications += simulation->publications();
    // What is left of a server that misbehaved cannot be taken apart.
    if (!complaint.empty()) static_cast<void>(simulation.release());
    ASSERT_EQ(complaint, "") << "seed " << seed;
  }
  EXPECT_GT(publications, kSeedsATest / 2) << "the faults left too little to look at";
}

INSTANTIATE_TEST_SUITE_P(Faults, RtmpSeeds, ::testing::Range<uint64_t>(0, kSeeds / kSeedsATest));

}  // namespace
}  // namespace millrace::sim
