#include "core/buffer_pool.h"

#include <algorithm>
#include <utility>

#include "core/assert.h"

namespace millrace::core {

PooledBuffer::PooledBuffer(PooledBuffer&& other) noexcept
    : pool_(std::exchange(other.pool_, nullptr)),
      memory_(std::move(other.memory_)),
      size_(std::exchange(other.size_, 0)) {}

PooledBuffer& PooledBuffer::operator=(PooledBuffer&& other) noexcept {
  if (this == &other) return *this;
  release();
  pool_ = std::exchange(other.pool_, nullptr);
  memory_ = std::move(other.memory_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

void PooledBuffer::release() noexcept {
  if (memory_ != nullptr) pool_->give(std::move(memory_), std::exchange(size_, 0));
}

BufferPool::~BufferPool() { MR_ASSERT(in_use_ == 0); }

Result<PooledBuffer> BufferPool::take(size_t size, size_t left_over) {
  const auto fitting = std::ranges::lower_bound(kClasses, size);
  if (fitting == kClasses.end()) return fail(ErrorCode::kTooLarge, "a buffer over 8 MiB");
  if (in_use_ + *fitting + left_over > budget_) {
    return fail(ErrorCode::kOverloaded, "the buffer budget of this core is spent");
  }
  in_use_ += *fitting;
  PooledBuffer buffer;
  buffer.pool_ = this;
  buffer.size_ = *fitting;
  auto& idle = free_[static_cast<size_t>(fitting - kClasses.begin())];
  if (idle.empty()) {
    buffer.memory_ = std::make_unique_for_overwrite<std::byte[]>(*fitting);
  } else {
    buffer.memory_ = std::move(idle.back());
    idle.pop_back();
    kept_ -= *fitting;
  }
  return buffer;
}

void BufferPool::give(std::unique_ptr<std::byte[]> memory, size_t size) noexcept {
  in_use_ -= size;
  if (kept_ + size > budget_ / 4) return;
  kept_ += size;
  const auto index = std::ranges::find(kClasses, size) - kClasses.begin();
  free_[static_cast<size_t>(index)].push_back(std::move(memory));
}

}  // namespace millrace::core
