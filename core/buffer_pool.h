// Large buffers of one core, with a hard limit on their sum.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/result.h"

namespace millrace::core {

class BufferPool;

/// A buffer that goes back to its pool when this is destroyed. `size` is that of its class, at
/// least what was asked for.
class PooledBuffer {
 public:
  PooledBuffer() = default;
  PooledBuffer(PooledBuffer&& other) noexcept;
  PooledBuffer& operator=(PooledBuffer&& other) noexcept;
  ~PooledBuffer() { release(); }

  [[nodiscard]] std::span<std::byte> bytes() noexcept { return {memory_.get(), size_}; }
  [[nodiscard]] size_t size() const noexcept { return size_; }
  explicit operator bool() const noexcept { return memory_ != nullptr; }
  void release() noexcept;

 private:
  friend class BufferPool;
  BufferPool* pool_ = nullptr;
  std::unique_ptr<std::byte[]> memory_;
  size_t size_ = 0;
};

/// Classes of 16 KiB, 64 KiB, 128 KiB, 256 KiB, 1 MiB, 4 MiB and 8 MiB. One core; outlives its
/// buffers.
class BufferPool {
 public:
  static constexpr size_t kLargest = size_t{8} << 20;

  explicit BufferPool(size_t budget_bytes) noexcept : budget_(budget_bytes) {}
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool();

  /// Errors: kTooLarge over kLargest; kOverloaded when the budget does not allow it. Who holds one
  /// buffer while he waits for another says how many bytes he leaves to the others (`left_over`):
  /// else all of them could hold their first and wait for ever.
  Result<PooledBuffer> take(size_t size, size_t left_over = 0);
  /// Bytes handed out.
  [[nodiscard]] size_t in_use() const noexcept { return in_use_; }
  [[nodiscard]] size_t budget() const noexcept { return budget_; }

 private:
  friend class PooledBuffer;
  static constexpr std::array<size_t, 7> kClasses{
      size_t{16} << 10, size_t{64} << 10, size_t{128} << 10, size_t{256} << 10,
      size_t{1} << 20,  size_t{4} << 20,  size_t{8} << 20};
  void give(std::unique_ptr<std::byte[]> memory, size_t size) noexcept;

  const size_t budget_;
  size_t in_use_ = 0;
  size_t kept_ = 0;  // idle, in free_: at most a quarter of the budget
  std::array<std::vector<std::unique_ptr<std::byte[]>>, 7> free_;
};

}  // namespace millrace::core
