#include "core/log_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

namespace millrace::core::log {
namespace {

TEST(LineQueue, GivesLinesBackInOrder) {
  LineQueue queue;
  std::string out;
  EXPECT_FALSE(queue.pop(out));
  EXPECT_TRUE(queue.push("a\n"));
  EXPECT_TRUE(queue.push("b\n"));
  EXPECT_TRUE(queue.pop(out));
  EXPECT_TRUE(queue.pop(out));
  EXPECT_FALSE(queue.pop(out));
  EXPECT_EQ(out, "a\nb\n");
}

TEST(LineQueue, RefusesALineWhenFullAndTakesOneAgainWhenNot) {
  LineQueue queue;
  std::string out;
  for (size_t round = 0; round < 3; ++round) {
    for (size_t i = 0; i < kLogQueueLineCount; ++i) ASSERT_TRUE(queue.push("x"));
    EXPECT_FALSE(queue.push("y"));
    ASSERT_TRUE(queue.pop(out));
    EXPECT_TRUE(queue.push("z"));
    for (size_t i = 0; i < kLogQueueLineCount; ++i) ASSERT_TRUE(queue.pop(out));
    EXPECT_FALSE(queue.pop(out));
  }
}

TEST(LineQueue, LosesNothingBetweenThreadsThatPushAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kLines = 5000;
  LineQueue queue;
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&queue, thread] {
      for (int i = 0; i < kLines; ++i) {
        const std::string line(1, static_cast<char>('a' + thread));
        while (!queue.push(line)) std::this_thread::yield();
      }
    });
  }
  std::string out;
  while (out.size() < size_t{kThreads} * kLines) {
    if (!queue.pop(out)) std::this_thread::yield();
  }
  for (int thread = 0; thread < kThreads; ++thread) {
    EXPECT_EQ(std::count(out.begin(), out.end(), static_cast<char>('a' + thread)), kLines);
  }
}

}  // namespace
}  // namespace millrace::core::log
