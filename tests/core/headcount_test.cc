#include "core/headcount.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace millrace::core {
namespace {

TEST(Headcount, LimitsAGroupAndTheWhole) {
  Headcount count;
  const Headcount::Limits limits{.whole_max = 3, .group_max = 2};
  auto first = count.enter("a", limits);
  auto second = count.enter("a", limits);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(count.enter("a", limits));
  auto other = count.enter("b", limits);
  EXPECT_TRUE(other);
  EXPECT_FALSE(count.enter("c", limits)) << "three are here";
  first.reset();
  EXPECT_EQ(count.whole(), 2U);
  EXPECT_TRUE(count.enter("a", limits));
  EXPECT_EQ(count.whole(), 2U);
}

TEST(Headcount, ForgetsGroupsThatLeft) {
  Headcount count;
  // Many more groups than there are places.
  for (size_t i = 0; i < 2 * Headcount::kPlaceCount; ++i) {
    ASSERT_TRUE(count.enter(fmt::format("{}", i), {.whole_max = 1, .group_max = 1}));
  }
  EXPECT_EQ(count.whole(), 0U);
}

TEST(Headcount, CountsOnlyTheWholeWhenTheTableIsFull) {
  Headcount count;
  const Headcount::Limits limits{.whole_max = 4 * Headcount::kPlaceCount, .group_max = 1};
  std::vector<Headcount::Head> heads;
  for (size_t i = 0; i < 2 * Headcount::kPlaceCount; ++i) {
    auto head = count.enter(fmt::format("{}", i), limits);
    ASSERT_TRUE(head);
    heads.push_back(*std::move(head));
  }
  EXPECT_EQ(count.whole(), heads.size());
  heads.clear();
  EXPECT_EQ(count.whole(), 0U);
}

TEST(Headcount, IsRightWhenSeveralCoresEnterAndLeave) {
  Headcount count;
  std::atomic<size_t> inside = 0, most = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 20'000; ++turn) {
        const auto head = count.enter("same", {.whole_max = 100, .group_max = 3});
        if (!head) continue;
        const size_t now = inside.fetch_add(1) + 1;
        size_t before = most.load();
        while (before < now && !most.compare_exchange_weak(before, now)) continue;
        inside.fetch_sub(1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most.load(), 3U);
  EXPECT_EQ(count.whole(), 0U);
  EXPECT_TRUE(count.enter("same", {.whole_max = 1, .group_max = 1}));
}

}  // namespace
}  // namespace millrace::core
