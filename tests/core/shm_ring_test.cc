#include "core/shm_ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <thread>

#include "core/shared_memory.h"

namespace millrace::core {
namespace {

using std::chrono_literals::operator""s;

constexpr size_t kCapacity = 256;
constexpr uint64_t kHeadOffset = 0;
constexpr uint64_t kTailOffset = 64;

std::vector<std::byte> pattern(size_t size, uint32_t seed) {
  std::vector<std::byte> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((seed * 31 + i) & 0xFF);
  return bytes;
}

struct RingPair {
  explicit RingPair(size_t capacity = kCapacity, size_t payload_size_max = kCapacity)
      : memory(SharedMemory::create("test", kShmRingHeadSize + capacity).value()),
        writer(memory.bytes(), reader_bell),
        reader(memory.bytes(), writer_bell, payload_size_max) {}

  bool write(uint32_t type, std::span<const std::byte> payload) {
    return writer.try_write(type, {payload}).value();
  }
  void poke(uint64_t offset, uint64_t value) {
    std::memcpy(memory.bytes().data() + offset, &value, sizeof value);
  }

  SharedMemory memory;
  Doorbell reader_bell = Doorbell::create().value();
  Doorbell writer_bell = Doorbell::create().value();
  ShmRingWriter writer;
  ShmRingReader reader;
};

TEST(ShmRing, KeepsTypeAndBytesOfARecordMadeOfParts) {
  RingPair ring;
  const auto left = pattern(5, 1);
  const auto right = pattern(6, 2);
  ASSERT_TRUE(ring.writer.try_write(7, {left, {}, right}).value());
  ShmRecord record;
  ASSERT_TRUE(ring.reader.try_read(record).value());
  auto both = left;
  both.insert(both.end(), right.begin(), right.end());
  EXPECT_EQ(record.type, 7u);
  EXPECT_EQ(record.payload, both);
  EXPECT_FALSE(ring.reader.try_read(record).value());
}

TEST(ShmRing, BehavesAsAQueueOfBoundedBytesForAnySequenceOfCalls) {
  const uint32_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  RingPair ring;
  std::deque<std::pair<uint32_t, std::vector<std::byte>>> model;
  size_t used = 0;
  const auto cost = [](size_t size) { return 8 + (size + 7) / 8 * 8; };
  for (uint32_t step = 0; step < 50'000; ++step) {
    if (random() % 2 == 0) {
      const auto payload = pattern(random() % 100, step);
      const bool fits = used + cost(payload.size()) <= kCapacity;
      ASSERT_EQ(ring.write(step, payload), fits);
      if (fits) {
        used += cost(payload.size());
        model.emplace_back(step, payload);
      }
    } else {
      ShmRecord record;
      ASSERT_EQ(ring.reader.try_read(record).value(), !model.empty());
      if (model.empty()) continue;
      ASSERT_EQ(record.type, model.front().first);
      ASSERT_EQ(record.payload, model.front().second);
      used -= cost(record.payload.size());
      model.pop_front();
    }
  }
}

TEST(ShmRing, TakesARecordAsLargeAsItselfAndRefusesALargerOne) {
  RingPair ring;
  EXPECT_EQ(ring.writer.payload_size_max(), kCapacity - 8);
  EXPECT_TRUE(ring.write(1, pattern(kCapacity - 8, 1)));
  EXPECT_FALSE(ring.write(1, {}));
  const auto refused = ring.writer.try_write(1, {pattern(kCapacity - 7, 1)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kTooLarge);
}

// Two threads that sleep whenever they can: every record arrives, in order, and nobody sleeps for
// ever. Under TSan this is also the proof that the cursors order the bytes.
TEST(ShmRing, LosesNoWakeUpBetweenTwoThreads) {
  constexpr uint32_t kRecords = 100'000;
  RingPair ring;
  std::thread producer([&] {
    for (uint32_t i = 0; i < kRecords; ++i) {
      const auto payload = pattern(i % 90, i);
      while (!ring.write(i, payload)) {
        if (!ring.writer.may_sleep_until_room_for(payload.size())) continue;
        ASSERT_TRUE(ring.writer_bell.wait(60s)) << "a wake-up was lost";
      }
    }
  });
  ShmRecord record;
  for (uint32_t i = 0; i < kRecords; ++i) {
    while (!ring.reader.try_read(record).value()) {
      if (!ring.reader.may_sleep()) continue;
      ASSERT_TRUE(ring.reader_bell.wait(60s)) << "a wake-up was lost";
    }
    ASSERT_EQ(record.type, i);
    ASSERT_EQ(record.payload, pattern(i % 90, i));
  }
  producer.join();
}

TEST(ShmRing, RingsNobodyWhoIsAwake) {
  RingPair ring;
  ShmRecord record;
  ASSERT_TRUE(ring.write(1, {}));
  ASSERT_TRUE(ring.reader.try_read(record).value());
  EXPECT_FALSE(ring.reader_bell.clear());
  EXPECT_FALSE(ring.writer_bell.clear());
}

class HostileWriter : public ::testing::TestWithParam<uint64_t> {};

TEST_P(HostileWriter, IsRefusedForAnImpossibleHead) {
  RingPair ring;
  ring.poke(kHeadOffset, GetParam());
  ShmRecord record;
  const auto read = ring.reader.try_read(record);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kMalformed);
  ring.poke(kHeadOffset, 0);
  EXPECT_FALSE(ring.reader.try_read(record)) << "a dead ring came back to life";
  EXPECT_FALSE(ring.reader.may_sleep());
}

INSTANTIATE_TEST_SUITE_P(Heads, HostileWriter,
                         ::testing::Values(1, 7, kCapacity + 8, uint64_t{1} << 63, ~uint64_t{0},
                                           uint64_t{0} - 8));

class HostileRecord : public ::testing::TestWithParam<uint32_t> {};

TEST_P(HostileRecord, IsRefusedForAnImpossibleSize) {
  RingPair ring(kCapacity, /*payload_size_max=*/100);
  ASSERT_TRUE(ring.write(1, pattern(16, 1)));
  std::memcpy(ring.memory.bytes().data() + kShmRingHeadSize, &GetParam(), sizeof(uint32_t));
  ShmRecord record;
  const auto read = ring.reader.try_read(record);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kMalformed);
}

INSTANTIATE_TEST_SUITE_P(Sizes, HostileRecord,
                         ::testing::Values(17, 100, 101, kCapacity, 0x7FFF'FFFF, 0xFFFF'FFF8,
                                           0xFFFF'FFFF));

class HostileReader : public ::testing::TestWithParam<uint64_t> {};

TEST_P(HostileReader, CannotMakeTheWriterOverwriteWhatWasNotRead) {
  RingPair ring;
  ASSERT_TRUE(ring.write(1, pattern(16, 1)));
  ring.poke(kTailOffset, GetParam());
  const auto written = ring.writer.try_write(1, {pattern(16, 1)});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kMalformed);
  EXPECT_FALSE(ring.writer.may_sleep_until_room_for(16));
}

INSTANTIATE_TEST_SUITE_P(Tails, HostileReader,
                         ::testing::Values(4, 32, 1000, uint64_t{0} - 256, ~uint64_t{0}));

}  // namespace
}  // namespace millrace::core
