#include "core/cores.h"

#include <gtest/gtest.h>

#include <atomic>

#include "core/control.h"
#include "core/event.h"
#include "core/io/sleep.h"

namespace millrace::core {
namespace {

using namespace std::chrono_literals;

Task<void> until_stopped(Core& core) {
  Event never;
  static_cast<void>(co_await never.wait(&core.stopping()));
}

std::unique_ptr<Cores> start(size_t count, const Clock& clock, Cores::Main main) {
  CoresOptions options;
  options.cpus.assign(count, 0);
  options.pin = false;
  options.core.recv_buffers = {.count = 16, .buffer_size = 1024};
  Result<std::unique_ptr<Cores>> cores = Cores::start(options, clock, std::move(main));
  EXPECT_TRUE(cores.has_value());
  return std::move(*cores);
}

TEST(Cores, RunsItsMainOnEveryCoreAndEndsWhenAsked) {
  SystemClock clock;
  std::atomic<int> started = 0;
  const auto cores = start(3, clock, [&](Cores&, Core& core) -> Task<void> {
    ++started;
    co_await until_stopped(core);
  });
  EXPECT_EQ(cores->size(), 3U);
  cores->request_stop();
  cores->join();
  EXPECT_EQ(started, 3);
}

Task<Result<int>> ask(Core& other, int value) {
  co_return co_await run_on(other, [value]() -> Task<int> {
    static_cast<void>(co_await io::Sleep(Core::current(), 1ms));
    co_return value + static_cast<int>(Core::current().index());
  });
}

TEST(Cores, CallEachOtherAndGetTheirAnswersBackAtHome) {
  SystemClock clock;
  constexpr int kCalls = 300;
  std::atomic<int> right = 0;
  const auto cores = start(2, clock, [&](Cores& all, Core& core) -> Task<void> {
    Core& other = all.at(1 - core.index());
    for (int i = 0; i < kCalls; ++i) {
      const Result<int> answer = co_await ask(other, i);
      if (answer == i + static_cast<int>(other.index()) && &Core::current() == &core) ++right;
    }
    co_await until_stopped(core);
  });
  while (right < 2 * kCalls) std::this_thread::yield();
  cores->request_stop();
  cores->join();
  EXPECT_EQ(right, 2 * kCalls);
}

TEST(Mailbox, RefusesRequestsOverItsCapacity) {
  Mailbox mailbox(2);
  EXPECT_TRUE(mailbox.admit());
  EXPECT_TRUE(mailbox.admit());
  EXPECT_FALSE(mailbox.admit());
  mailbox.release();
  EXPECT_TRUE(mailbox.admit());
}

TEST(Mailbox, KeepsTheOrderOfEverySenderAndLosesNothing) {
  constexpr int kEach = 20000;
  struct Numbered final : Mail {
    Numbered() : Mail([](Mail*) noexcept {}) {}
    int sender = 0, number = 0;
  };
  Mailbox mailbox(1);
  std::vector<std::vector<Numbered>> letters;
  for (int sender = 0; sender < 2; ++sender) {
    letters.emplace_back(kEach);
    for (int i = 0; i < kEach; ++i) {
      letters.back()[static_cast<size_t>(i)].sender = sender;
      letters.back()[static_cast<size_t>(i)].number = i;
    }
  }
  std::vector<std::thread> senders;
  for (int sender = 0; sender < 2; ++sender) {
    senders.emplace_back([&, sender] {
      for (Numbered& letter : letters[static_cast<size_t>(sender)]) {
        static_cast<void>(mailbox.push(&letter));
      }
    });
  }
  std::array<int, 2> next{0, 0};
  for (int received = 0; received < 2 * kEach;) {
    Mail* mail = mailbox.pop();
    if (mail == nullptr) continue;
    auto* letter = static_cast<Numbered*>(mail);
    ASSERT_EQ(letter->number, next[static_cast<size_t>(letter->sender)]++);
    ++received;
  }
  for (std::thread& thread : senders) thread.join();
  EXPECT_TRUE(mailbox.empty());
}

TEST(ControlThread, RunsWhatMayBlockAndAnswersOnTheCallersCore) {
  SystemClock clock;
  ControlThread control;
  std::unique_ptr<Core> core = std::move(*Core::create({}, clock));
  const std::thread::id here = std::this_thread::get_id();
  std::thread::id there;
  const Result<int> answer =
      core->block_on([](ControlThread& c, std::thread::id& id) -> Task<Result<int>> {
        co_return co_await c.run([&id] {
          id = std::this_thread::get_id();
          return 42;
        });
      }(control, there));
  EXPECT_EQ(answer, 42);
  EXPECT_NE(there, here);
}

TEST(ControlThread, RefusesWhenItsQueueIsFull) {
  SystemClock clock;
  ControlThread control(0);
  std::unique_ptr<Core> core = std::move(*Core::create({}, clock));
  const Result<> answer = core->block_on(control.run([] {}));
  EXPECT_EQ(answer.error().code, ErrorCode::kOverloaded);
}

}  // namespace
}  // namespace millrace::core
