// Buffers that the kernel picks from when bytes arrive, so that a connection which is silent holds
// none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/intrusive_list.h"
#include "core/result.h"
#include "core/ring.h"

namespace millrace::core {

class RecvBuffers;

/// Received bytes, in a buffer that goes back to its core when this is destroyed.
class RecvChunk {
 public:
  RecvChunk() = default;
  RecvChunk(RecvBuffers& owner, uint16_t id, std::span<const std::byte> bytes) noexcept
      : owner_(&owner), id_(id), bytes_(bytes) {}
  /// A copy of one after the other.
  static RecvChunk joined(std::span<const std::byte> first, std::span<const std::byte> second);
  RecvChunk(RecvChunk&& other) noexcept { *this = std::move(other); }
  RecvChunk& operator=(RecvChunk&& other) noexcept;
  ~RecvChunk() { release(); }

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }
  [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
  void release() noexcept;
  /// Bytes that came from elsewhere: opened by TLS.
  static RecvChunk copy_of(std::span<const std::byte> bytes);
  /// Gives the shared buffer back and keeps a copy of the bytes: for what may lie here long.
  void move_to_heap();

 private:
  RecvBuffers* owner_ = nullptr;
  uint16_t id_ = 0;
  std::span<const std::byte> bytes_;
  std::unique_ptr<std::byte[]> own_;  // Holds bytes_ when owner_ is null.
};

/// Waits for a buffer because the kernel found none (ENOBUFS).
class BufferWaiter : public ListNode {
 public:
  using OnBuffer = void (*)(BufferWaiter*) noexcept;
  explicit BufferWaiter(OnBuffer on_buffer) noexcept : on_buffer_(on_buffer) {}

 private:
  friend class RecvBuffers;
  OnBuffer on_buffer_;
};

struct RecvBuffersSize {
  uint16_t count = 1024;        ///< A power of two.
  uint32_t buffer_size = 4096;  ///< Bytes.
};

/// A provided-buffer ring: count x buffer_size bytes of one core, shared by all its connections.
/// The kernel takes buffers in the order in which they came back; so it is offered no more of them
/// than it needed at once before, and those stay in the cache, and others are never touched.
/// Source: io_uring_register_buf_ring(3).
class RecvBuffers {
 public:
  static constexpr uint16_t kGroup = 0;

  static Result<RecvBuffers> create(Ring& ring, RecvBuffersSize size);
  RecvBuffers(RecvBuffers&& other) noexcept;
  RecvBuffers& operator=(RecvBuffers&&) = delete;
  ~RecvBuffers();

  /// The bytes that a completion with IORING_CQE_F_BUFFER brought.
  [[nodiscard]] RecvChunk chunk(uint32_t cqe_flags, size_t size) noexcept;
  /// Calls `waiter` once, when a buffer has come back. Only while all are in use: who else would
  /// bring one?
  void wait(BufferWaiter& waiter) noexcept {
    MR_ASSERT(are_all_in_use());
    starved_.push_back(waiter);
  }
  /// The kernel found none: it is offered twice as many as before from now on.
  void offer_more() noexcept;
  /// For one who was called and took none, because there was nothing to receive after all.
  void pass_on() noexcept {
    if (!are_all_in_use()) call_next();
  }
  [[nodiscard]] bool are_all_in_use() const noexcept { return in_use_ == size_.count; }
  [[nodiscard]] uint16_t in_use() const noexcept { return in_use_; }
  [[nodiscard]] size_t bytes() const noexcept { return size_t{size_.count} * size_.buffer_size; }
  [[nodiscard]] size_t bytes_in_use() const noexcept { return size_t{in_use_} * size_.buffer_size; }
  /// More than half are in use: clients that send and are not listened to must not take the rest.
  [[nodiscard]] bool are_scarce() const noexcept { return in_use_ > size_.count / 2; }

 private:
  friend class RecvChunk;
  RecvBuffers(Ring& ring, RecvBuffersSize size) noexcept;
  void recycle(uint16_t id) noexcept;
  void put_by(uint16_t id) noexcept;
  void fill_up() noexcept;
  void call_next() noexcept {
    if (BufferWaiter* waiter = starved_.pop_front()) waiter->on_buffer_(waiter);
  }
  void provide(uint16_t id) noexcept;
  std::byte* buffer(uint16_t id) noexcept { return memory_.get() + size_t{id} * size_.buffer_size; }

  Ring* ring_;
  RecvBuffersSize size_;
  std::unique_ptr<std::byte[]> memory_;
  io_uring_buf_ring* shared_ = nullptr;  // mapped: the kernel reads it.
  size_t shared_bytes_ = 0;
  uint16_t in_use_ = 0;
  uint16_t offered_ = 0;      // The kernel has these.
  uint16_t offered_max_ = 0;
  std::vector<uint16_t> spare_;  // Neither it nor anybody else; the last used is the next.
  IntrusiveList<BufferWaiter> starved_;
};

}  // namespace millrace::core
