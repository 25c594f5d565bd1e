#include "core/timers.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace millrace::core {
namespace {

using namespace std::chrono_literals;

class CountedTimer final : public Timer {
 public:
  CountedTimer()
      : Timer([](Timer* timer) noexcept { ++static_cast<CountedTimer*>(timer)->fired; }) {}
  int fired = 0;
};

class TimersTest : public testing::Test {
 protected:
  MonotonicTime now_{1s};
  Timers timers_{now_};
};

TEST_F(TimersTest, FiresWithinATickAfterItsTimeAndNeverBefore) {
  CountedTimer timer;
  timers_.set(timer, now_ + 100ms);
  timers_.advance(now_ + 99ms);
  EXPECT_EQ(timer.fired, 0);
  timers_.advance(now_ + 100ms + Timers::kTick);
  EXPECT_EQ(timer.fired, 1);
  timers_.advance(now_ + 10s);
  EXPECT_EQ(timer.fired, 1);
}

TEST_F(TimersTest, DropsATimerThatIsDestroyed) {
  {
    CountedTimer timer;
    timers_.set(timer, now_ + 100ms);
  }
  EXPECT_EQ(timers_.advance(now_ + 1s), 0U);
  EXPECT_FALSE(timers_.until_next(now_ + 1s).has_value());
}

TEST_F(TimersTest, MovesATimerThatIsSetAgain) {
  CountedTimer timer;
  timers_.set(timer, now_ + 100ms);
  timers_.set(timer, now_ + 1h);
  timers_.advance(now_ + 59min);
  EXPECT_EQ(timer.fired, 0);
  timers_.advance(now_ + 1h + Timers::kTick);
  EXPECT_EQ(timer.fired, 1);
}

TEST_F(TimersTest, KeepsDeadlinesBeyondItsReach) {
  CountedTimer timer;
  timers_.set(timer, now_ + 100h);
  timers_.advance(now_ + 99h + 59min);
  EXPECT_EQ(timer.fired, 0);
  timers_.advance(now_ + 100h + 1s);
  EXPECT_EQ(timer.fired, 1);
}

TEST_F(TimersTest, NeverSleepsPastATimerWhateverTheSteps) {
  std::mt19937_64 random(7);
  std::map<CountedTimer*, MonotonicTime> due;
  std::vector<std::unique_ptr<CountedTimer>> timers;
  for (int i = 0; i < 2000; ++i) {
    timers.push_back(std::make_unique<CountedTimer>());
    const MonotonicTime when = now_ + std::chrono::milliseconds(random() % (1U << (random() % 28)));
    timers_.set(*timers.back(), when);
    due[timers.back().get()] = when;
  }
  while (const auto wait = timers_.until_next(now_)) {
    now_ +=
        std::max<std::chrono::nanoseconds>(*wait, 1ms) + std::chrono::milliseconds(random() % 3);
    timers_.advance(now_);
    for (auto it = due.begin(); it != due.end();) {
      const bool fired = it->first->fired != 0;
      ASSERT_FALSE(fired && it->second > now_) << "fired before its time";
      ASSERT_FALSE(!fired && it->second + 2 * Timers::kTick < now_) << "fired late";
      it = fired ? due.erase(it) : std::next(it);
    }
  }
  EXPECT_TRUE(due.empty());
}

}  // namespace
}  // namespace millrace::core
