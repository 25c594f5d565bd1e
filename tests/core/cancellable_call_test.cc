#include "core/cancellable_call.h"

#include <gtest/gtest.h>

#include <atomic>

#include "core/io/sleep.h"

namespace millrace::core {
namespace {

using namespace std::chrono_literals;

/// Runs `ask(other core)` on the first of two cores and yields what it yields.
template <class T, class Ask>
T on_two_cores(Ask ask) {
  SystemClock clock;
  std::optional<T> answer;
  std::atomic<bool> done = false;
  CoresOptions options;
  options.cpus = {0, 0};
  options.pin = false;
  options.core.recv_buffers = {.count = 16, .buffer_size = 1024};
  const auto cores = Cores::start(options, clock, [&](Cores& all, Core& core) -> Task<void> {
    if (core.index() == 0) {
      answer.emplace(co_await ask(all.at(1)));
      done = true;
    }
    Event never;
    static_cast<void>(co_await never.wait(&core.stopping()));
  });
  EXPECT_TRUE(cores.has_value());
  while (!done) std::this_thread::yield();
  (*cores)->request_stop();
  (*cores)->join();
  return std::move(*answer);
}

/// What a route does for a client: waits on another core for what never comes.
Task<Result<int>> wait_over_there(Core& other, Cancellation& cancellation) {
  co_return co_await run_on(other, cancellation, [](Cancellation& its) -> Task<Result<int>> {
    Event never;
    const Result<> waited = co_await never.wait(&its);
    if (!waited) co_return std::unexpected(waited.error());
    co_return 1;
  });
}

Task<void> request_after(Core& core, Cancellation& cancellation, std::chrono::milliseconds delay) {
  static_cast<void>(co_await io::Sleep(core, delay));
  cancellation.request(ErrorCode::kClosed);
}

TEST(CancellableCall, EndsTheWaitOnTheOtherCoreWithTheCallersReason) {
  const auto answer = on_two_cores<Result<int>>([](Core& other) -> Task<Result<int>> {
    Cancellation cancellation;
    Core::current().spawn(request_after(Core::current(), cancellation, 5ms));
    co_return co_await wait_over_there(other, cancellation);
  });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kClosed);
}

TEST(CancellableCall, EndsAtOnceWhatWasGivenUpBefore) {
  const auto answer = on_two_cores<Result<int>>([](Core& other) -> Task<Result<int>> {
    Cancellation cancellation;
    cancellation.request();
    co_return co_await wait_over_there(other, cancellation);
  });
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kCancelled);
}

// The request and the answer cross; whichever is first, nothing of the call is left behind.
TEST(CancellableCall, MayBeGivenUpInTheMomentOfItsAnswer) {
  constexpr int kCalls = 200;
  const int ended = on_two_cores<int>([](Core& other) -> Task<int> {
    int count = 0;
    for (int i = 0; i < kCalls; ++i) {
      Cancellation cancellation;
      Event cancelled;
      const auto cancel = [](Cancellation& which, Event& done) -> Task<void> {
        which.request();
        done.set();
        co_return;
      };
      Core::current().spawn(cancel(cancellation, cancelled));
      const Result<int> answer =
          co_await run_on(other, cancellation, [i](Cancellation&) { return i; });
      if (answer == i) ++count;
      static_cast<void>(co_await cancelled.wait());
    }
    co_return count;
  });
  EXPECT_EQ(ended, kCalls);
}

TEST(CancellableCall, OnItsOwnCorePassesTheCallersCancellation) {
  SystemClock clock;
  const std::unique_ptr<Core> core = std::move(*Core::create({}, clock));
  Cancellation cancellation;
  const bool same = core->block_on([](Core& own, Cancellation& mine) -> Task<bool> {
    const Result<bool> answer =
        co_await run_on(own, mine, [&](Cancellation& its) { return &its == &mine; });
    co_return answer.value_or(false);
  }(*core, cancellation));
  EXPECT_TRUE(same);
}

}  // namespace
}  // namespace millrace::core
