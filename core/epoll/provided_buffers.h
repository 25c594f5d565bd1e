// The side of a provided-buffer ring that takes buffers, which is the kernel's where there is an
// io_uring.
#pragma once

#include <cstdint>

#include "core/ring.h"

namespace millrace::core::epoll {

/// Source: io_uring_register_buf_ring(3).
class ProvidedBuffers {
 public:
  ProvidedBuffers() = default;
  explicit ProvidedBuffers(const io_uring_buf_reg& registered) noexcept
      : ring_(reinterpret_cast<const io_uring_buf_ring*>(registered.ring_addr)),
        mask_(static_cast<uint16_t>(registered.ring_entries - 1)),
        group_(registered.bgid) {}

  [[nodiscard]] bool are_of(uint16_t group) const noexcept {
    return ring_ != nullptr && group_ == group;
  }
  /// The next buffer, or null when all are in use.
  [[nodiscard]] const io_uring_buf* front() const noexcept {
    if (head_ == ring_->tail) return nullptr;
    // Not by the array's name: its bounds are declared as none.
    return reinterpret_cast<const io_uring_buf*>(ring_) + (head_ & mask_);
  }
  void pop() noexcept { ++head_; }

 private:
  const io_uring_buf_ring* ring_ = nullptr;
  uint16_t mask_ = 0;
  uint16_t group_ = 0;
  uint16_t head_ = 0;
};

}  // namespace millrace::core::epoll
