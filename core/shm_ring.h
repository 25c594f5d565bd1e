// A queue of records between two processes that do not trust each other.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "core/doorbell.h"
#include "core/result.h"

namespace millrace::core {

// The memory, a page and then a power of two of bytes:
//   0    head u64: bytes ever written, stored by the writer only
//   64   tail u64: bytes ever read, stored by the reader only
//   128  reader_sleeps u64: not 0 when the writer has to ring after writing
//   192  writer_wants u64: not 0 when the reader has to ring once that many bytes are free
//   4096 records: size u32 | type u32 | payload | zeros up to a multiple of 8
// A record that reaches the end of the memory goes on at its start. Each side keeps its own cursor
// privately and reads only the other's, so that a lie can only be about the other's progress.
struct ShmRingHead {
  alignas(64) std::atomic<uint64_t> head;
  alignas(64) std::atomic<uint64_t> tail;
  alignas(64) std::atomic<uint64_t> reader_sleeps;
  alignas(64) std::atomic<uint64_t> writer_wants;
};

inline constexpr size_t kShmRingHeadSize = 4096;
inline constexpr size_t kShmRecordHeadSize = 8;

struct ShmRecord {
  uint32_t type = 0;
  std::vector<std::byte> payload;
};

/// The writing end; one thread at a time. `memory` and `reader_bell` are borrowed. The memory must
/// be kShmRingHeadSize plus a power of two, and all zeros when the first end is made.
class ShmRingWriter {
 public:
  ShmRingWriter(std::span<std::byte> memory, const Doorbell& reader_bell) noexcept;

  /// Writes one record, its payload the parts one after the other. Yields false when there is no
  /// room now. Errors: kTooLarge: there never will be. kMalformed: the reader's cursor is
  /// impossible; this ring is dead from then on.
  Result<bool> try_write(uint32_t type, std::initializer_list<std::span<const std::byte>> parts);
  /// Before waiting for the bell: asks the reader to ring it once a payload of `size` bytes fits.
  /// Yields false when it fits by now (or the ring is dead), so that waiting would be wrong.
  [[nodiscard]] bool may_sleep_until_room_for(size_t size) noexcept;
  /// Bytes of the ring that hold what the reader has not taken. kMalformed as try_write.
  [[nodiscard]] Result<size_t> unread_size() noexcept;
  /// What a record takes of the ring.
  [[nodiscard]] static size_t record_size(size_t payload_size) noexcept;
  /// The largest payload that can ever be written.
  [[nodiscard]] size_t payload_size_max() const noexcept { return capacity_ - kShmRecordHeadSize; }

 private:
  Result<size_t> free_size() noexcept;
  void put(const void* from, size_t size) noexcept;

  ShmRingHead& shared_;
  std::byte* data_;
  size_t capacity_;
  const Doorbell& reader_bell_;
  uint64_t head_ = 0;
  bool dead_ = false;
};

/// The reading end; one thread at a time. What it yields was copied out of the memory before any of
/// it was looked at.
class ShmRingReader {
 public:
  /// A record of more than `payload_size_max` bytes is a violation.
  ShmRingReader(std::span<std::byte> memory, const Doorbell& writer_bell,
                size_t payload_size_max) noexcept;

  /// Yields false when nothing is there. Errors: kMalformed: the writer's cursor or a record's head
  /// is impossible; this ring is dead from then on.
  Result<bool> try_read(ShmRecord& record);
  /// Before waiting for the bell: asks the writer to ring it after the next record. Yields false
  /// when one is there by now, so that waiting would be wrong.
  [[nodiscard]] bool may_sleep() noexcept;

 private:
  std::unexpected<Error> die(const char* what) noexcept;
  void copy_out(uint64_t position, std::span<std::byte> to) const noexcept;
  void release(uint64_t tail, uint64_t head) noexcept;

  ShmRingHead& shared_;
  const std::byte* data_;
  size_t capacity_;
  const Doorbell& writer_bell_;
  size_t payload_size_max_;
  uint64_t tail_ = 0;
  bool dead_ = false;
};

}  // namespace millrace::core
