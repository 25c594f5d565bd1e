#include "core/shm_ring.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "core/assert.h"

namespace millrace::core {
namespace {

static_assert(std::atomic<uint64_t>::is_always_lock_free, "a lock would be private to a process");
static_assert(sizeof(ShmRingHead) <= kShmRingHeadSize);

constexpr uint64_t kAlignment = 8;

struct RecordHead {
  uint32_t size = 0;
  uint32_t type = 0;
};
static_assert(sizeof(RecordHead) == kShmRecordHeadSize);
static_assert(kShmRecordHeadSize % kAlignment == 0, "so that a head never wraps");

constexpr uint64_t padded(uint64_t size) noexcept {
  return (size + kAlignment - 1) & ~(kAlignment - 1);
}

ShmRingHead& head_of(std::span<std::byte> memory) noexcept {
  MR_ASSERT(memory.size() > kShmRingHeadSize);
  MR_ASSERT(std::has_single_bit(memory.size() - kShmRingHeadSize));
  MR_ASSERT(reinterpret_cast<uintptr_t>(memory.data()) % alignof(ShmRingHead) == 0);
  // The memory is all zeros, which is the initial state of every field; both processes view it so.
  return *reinterpret_cast<ShmRingHead*>(memory.data());
}

}  // namespace

ShmRingWriter::ShmRingWriter(std::span<std::byte> memory, const Doorbell& reader_bell) noexcept
    : shared_(head_of(memory)),
      data_(memory.data() + kShmRingHeadSize),
      capacity_(memory.size() - kShmRingHeadSize),
      reader_bell_(reader_bell) {}

Result<size_t> ShmRingWriter::free_size() noexcept {
  // seq_cst: in may_sleep_until_room_for this load must not move before the store of writer_wants.
  const uint64_t used = head_ - shared_.tail.load(std::memory_order_seq_cst);
  if (dead_ || used > capacity_ || used % kAlignment != 0) {
    dead_ = true;
    return fail(ErrorCode::kMalformed, "the ring's reader moved its cursor where nothing is");
  }
  return capacity_ - used;
}

Result<size_t> ShmRingWriter::unread_size() noexcept {
  const auto free = free_size();
  if (!free) return free;
  return capacity_ - *free;
}

size_t ShmRingWriter::record_size(size_t payload_size) noexcept {
  return kShmRecordHeadSize + padded(payload_size);
}

Result<bool> ShmRingWriter::try_write(uint32_t type,
                                      std::initializer_list<std::span<const std::byte>> parts) {
  size_t size = 0;
  for (const auto part : parts) size += part.size();
  if (size > payload_size_max()) return fail(ErrorCode::kTooLarge, "record larger than its ring");
  const auto free = free_size();
  if (!free) return std::unexpected(free.error());
  if (kShmRecordHeadSize + padded(size) > *free) return false;

  const RecordHead record{.size = static_cast<uint32_t>(size), .type = type};
  const uint64_t end = head_ + kShmRecordHeadSize + padded(size);
  put(&record, sizeof record);
  for (const auto part : parts) put(part.data(), part.size());
  head_ = end;
  // seq_cst on this pair and on the reader's pair in may_sleep: either the reader sees the record,
  // or this thread sees that the reader sleeps.
  shared_.head.store(head_, std::memory_order_seq_cst);
  if (shared_.reader_sleeps.load(std::memory_order_seq_cst) != 0) {
    shared_.reader_sleeps.store(0, std::memory_order_relaxed);
    reader_bell_.ring();
  }
  return true;
}

void ShmRingWriter::put(const void* from, size_t size) noexcept {
  if (size == 0) return;
  const size_t at = head_ & (capacity_ - 1);
  const size_t before_end = std::min(size, capacity_ - at);
  std::memcpy(data_ + at, from, before_end);
  std::memcpy(data_, static_cast<const std::byte*>(from) + before_end, size - before_end);
  head_ += size;
}

bool ShmRingWriter::may_sleep_until_room_for(size_t size) noexcept {
  const uint64_t wanted = kShmRecordHeadSize + padded(std::min(size, payload_size_max()));
  shared_.writer_wants.store(wanted, std::memory_order_seq_cst);
  const auto free = free_size();
  if (free && *free < wanted) return true;
  shared_.writer_wants.store(0, std::memory_order_relaxed);
  return false;
}

ShmRingReader::ShmRingReader(std::span<std::byte> memory, const Doorbell& writer_bell,
                             size_t payload_size_max) noexcept
    : shared_(head_of(memory)),
      data_(memory.data() + kShmRingHeadSize),
      capacity_(memory.size() - kShmRingHeadSize),
      writer_bell_(writer_bell),
      payload_size_max_(std::min(payload_size_max, capacity_ - kShmRecordHeadSize)) {}

Result<bool> ShmRingReader::try_read(ShmRecord& record) {
  if (dead_) return die("the ring is dead");
  const uint64_t head = shared_.head.load(std::memory_order_acquire);
  const uint64_t used = head - tail_;
  if (used == 0) return false;
  if (used > capacity_ || used % kAlignment != 0) return die("the ring's head is impossible");

  RecordHead copy;
  copy_out(tail_, std::as_writable_bytes(std::span(&copy, 1)));
  if (copy.size > payload_size_max_) return die("a record is larger than its limit");
  const uint64_t whole = kShmRecordHeadSize + padded(copy.size);
  if (whole > used) return die("a record reaches beyond the ring's head");

  record.type = copy.type;
  record.payload.resize(copy.size);
  copy_out(tail_ + kShmRecordHeadSize, record.payload);
  release(tail_ + whole, head);
  return true;
}

void ShmRingReader::copy_out(uint64_t position, std::span<std::byte> to) const noexcept {
  if (to.empty()) return;
  const size_t at = position & (capacity_ - 1);
  const size_t before_end = std::min(to.size(), capacity_ - at);
  std::memcpy(to.data(), data_ + at, before_end);
  std::memcpy(to.data() + before_end, data_, to.size() - before_end);
  // The other process may write here at any time: nothing read before this point may be read again.
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

void ShmRingReader::release(uint64_t tail, uint64_t head) noexcept {
  tail_ = tail;
  shared_.tail.store(tail_, std::memory_order_seq_cst);
  const uint64_t wanted = shared_.writer_wants.load(std::memory_order_seq_cst);
  if (wanted != 0 && capacity_ - (head - tail_) >= wanted) {
    shared_.writer_wants.store(0, std::memory_order_relaxed);
    writer_bell_.ring();
  }
}

bool ShmRingReader::may_sleep() noexcept {
  if (dead_) return false;
  shared_.reader_sleeps.store(1, std::memory_order_seq_cst);
  if (shared_.head.load(std::memory_order_seq_cst) == tail_) return true;
  shared_.reader_sleeps.store(0, std::memory_order_relaxed);
  return false;
}

std::unexpected<Error> ShmRingReader::die(const char* what) noexcept {
  dead_ = true;
  return fail(ErrorCode::kMalformed, what);
}

}  // namespace millrace::core
