#include "media/upload/write_leases.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "core/cores.h"
#include "core/io/sleep.h"
#include "tests/media/upload/test_bench.h"

namespace millrace::media::upload {
namespace {

using core::Core;
using core::ErrorCode;
using core::Result;
using core::Task;
using http::Method;
using http::Outgoing;
using test::Bench;

using namespace std::chrono_literals;

/// Requests of one upload that overlap.
class OverlappingRequests : public testing::Test {
 protected:
  /// A PATCH that has sent `bytes` and then waits for more.
  void start_patch(std::string bytes) {
    core::Event waits;
    bench_.core().spawn(keep(bench_.ask_later(
        Bench::patch_request(address_, 0, {.portions = {std::move(bytes)}, .waits = &waits}))));
    bench_.core().block_on(
        [](core::Event& event) -> Task<> { static_cast<void>(co_await event.wait()); }(waits));
  }
  Task<void> keep(Task<Outgoing> asked) { older_ = co_await std::move(asked); }

  Bench bench_;
  const std::string address_ = bench_.create(11);
  std::optional<Outgoing> older_;
};

TEST_F(OverlappingRequests, LetTheNewerPatchGoOnFromWhatTheOlderSent) {  // UP-01
  start_patch("hello");
  EXPECT_EQ(bench_.patch(address_, 5, {{" world"}}).status, 204);
  EXPECT_TRUE(older_.has_value()) << "the older request has ended";
  EXPECT_EQ(bench_.videos().size(), 1U);
  EXPECT_EQ(test::content_of(bench_.store().original(Bench::id_of(address_))), "hello world");
}

TEST_F(OverlappingRequests, TellAnOffsetThatNoOlderPatchCanMove) {
  start_patch("hello");
  EXPECT_EQ(bench_.offset(address_), "5");
  EXPECT_TRUE(older_.has_value());
}

TEST_F(OverlappingRequests, LetDeleteEndARunningPatch) {
  start_patch("hello");
  EXPECT_EQ(bench_.with_tus(Method::kDelete, address_).status, 204);
  EXPECT_TRUE(older_.has_value());
  EXPECT_TRUE(bench_.store().list()->empty());
}

TEST_F(OverlappingRequests, AreNoReasonToExpireAnUpload) {
  start_patch("hello");
  bench_.clock().advance(25h);
  EXPECT_EQ(bench_.core().block_on(bench_.uploads().expire_once()).value(), 0U);
  EXPECT_FALSE(older_.has_value()) << "the running request was left alone";
  EXPECT_EQ(bench_.offset(address_), "5");
}

class WriteLeasesTest : public testing::Test {
 protected:
  Result<Lease> acquire(core::Cancellation& cancellation, OnHeld on_held) {
    return core_->block_on(leases_.acquire("upload", cancellation, on_held));
  }

  void start_waiting(core::Cancellation& cancellation, std::optional<Result<Lease>>& out) {
    core_->spawn(wait(leases_, cancellation, out));
  }
  static Task<void> wait(WriteLeases& leases, core::Cancellation& cancellation,
                         std::optional<Result<Lease>>& out) {
    out = co_await leases.acquire("upload", cancellation, OnHeld::kEndHolder);
  }
  void turn() {
    for (int i = 0; i < 20; ++i) core_->turn(Core::Idle::kReturn);
  }

  core::SimulatedClock clock_;
  std::unique_ptr<Core> core_ = std::move(*Core::create({}, clock_));
  WriteLeases leases_{*core_};
  core::Cancellation first_, second_, third_;
};

TEST_F(WriteLeasesTest, RefusesWhileSomeoneHoldsTheLease) {
  auto lease = acquire(first_, OnHeld::kEndHolder);
  ASSERT_TRUE(lease);
  EXPECT_EQ(acquire(second_, OnHeld::kRefuse).error().code, ErrorCode::kConflict);
  EXPECT_FALSE(first_.requested());
  core_->block_on(leases_.release(std::move(*lease)));
  EXPECT_TRUE(acquire(second_, OnHeld::kRefuse));
}

TEST_F(WriteLeasesTest, GivesUpOnAHolderThatDoesNotLeave) {  // UP-01: 423
  ASSERT_TRUE(acquire(first_, OnHeld::kEndHolder));
  std::optional<Result<Lease>> waiting;
  start_waiting(second_, waiting);
  turn();
  EXPECT_TRUE(first_.requested()) << "it was asked to leave";
  clock_.advance(WriteLeases::kHandOverMax - 10ms);
  turn();
  EXPECT_FALSE(waiting.has_value());
  clock_.advance(20ms);
  turn();
  ASSERT_TRUE(waiting.has_value());
  EXPECT_EQ(waiting->error().code, ErrorCode::kConflict);
}

TEST_F(WriteLeasesTest, GivesTheLeaseToTheNewestOfThoseWhoWait) {
  auto lease = acquire(first_, OnHeld::kEndHolder);
  std::optional<Result<Lease>> second, third;
  start_waiting(second_, second);
  turn();
  start_waiting(third_, third);
  turn();
  ASSERT_TRUE(second.has_value()) << "it learns at once that it came too late";
  EXPECT_EQ(second->error().code, ErrorCode::kConflict);
  EXPECT_FALSE(third.has_value());
  core_->block_on(leases_.release(std::move(*lease)));
  turn();
  ASSERT_TRUE(third.has_value());
  EXPECT_TRUE(third->has_value());
}

/// Two cores that write to the same few uploads again and again.
struct Contention {
  static constexpr int kUploadCount = 3;
  static constexpr int kRoundCount = 300;
  std::atomic<WriteLeases*> leases = nullptr;
  std::array<std::atomic<int>, kUploadCount> writers{};
  std::atomic<int> overlaps = 0;
  std::atomic<int> turns = 0;
  std::atomic<int> done = 0;
};

Task<void> write_in_turns(Contention& shared, unsigned seed) {
  for (int round = 0; round < Contention::kRoundCount; ++round) {
    seed = seed * 1'664'525U + 1'013'904'223U;
    const size_t upload = (seed >> 16) % Contention::kUploadCount;
    core::Cancellation cancellation;
    auto lease = co_await shared.leases.load()->acquire(std::to_string(upload), cancellation,
                                                        OnHeld::kEndHolder);
    if (!lease) continue;
    if (shared.writers[upload].fetch_add(1) != 0) ++shared.overlaps;
    ++shared.turns;
    // Leaves by itself or because the other core wants the upload.
    static_cast<void>(co_await core::io::Sleep(Core::current(), 1ms, &cancellation));
    shared.writers[upload].fetch_sub(1);
    co_await shared.leases.load()->release(std::move(*lease));
  }
  ++shared.done;
}

TEST(WriteLeases, HaveOneHolderAtATimeAcrossCores) {
  core::SystemClock clock;
  Contention shared;
  std::unique_ptr<WriteLeases> leases;
  core::CoresOptions options{.cpus = {0, 0}, .pin = false};
  auto cores = core::Cores::start(options, clock, [&](core::Cores&, Core& core) -> Task<void> {
    if (core.index() == 0) {
      leases = std::make_unique<WriteLeases>(core);
      shared.leases = leases.get();
    }
    while (shared.leases.load() == nullptr) {
      static_cast<void>(co_await core::io::Sleep(core, 1ms));
    }
    co_await write_in_turns(shared, core.index() + 1);
  });
  ASSERT_TRUE(cores);
  while (shared.done < 2) std::this_thread::yield();
  (*cores)->request_stop();
  (*cores)->join();
  EXPECT_EQ(shared.overlaps, 0);
  EXPECT_GT(shared.turns, Contention::kRoundCount / 2);
}

}  // namespace
}  // namespace millrace::media::upload
