// The memory behind metrics: a block of cells for each thread, so that no two cores ever write one
// cache line.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/limits.h"

namespace millrace::core {

/// The calling thread's number, below kMetricThreadsMax. Numbers of ended threads are used again.
size_t metric_thread_number() noexcept;

class MetricCells {
 public:
  MetricCells() = default;
  MetricCells(const MetricCells&) = delete;
  ~MetricCells();

  /// On the calling thread's cell: nobody else writes it, so a load and a store do.
  void add(size_t cell, uint64_t count) noexcept {
    std::atomic<uint64_t>& own = own_block()[cell];
    own.store(own.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  void set(size_t cell, uint64_t value) noexcept {
    own_block()[cell].store(value, std::memory_order_relaxed);
  }

  /// Over all threads, those that ended included.
  uint64_t sum(size_t cell) const noexcept;

 private:
  /// Aligned, so that the last cell of one block and the first of the next share no cache line.
  struct alignas(64) Block {
    std::array<std::atomic<uint64_t>, kMetricCellCountMax> cells{};
  };

  std::array<std::atomic<uint64_t>, kMetricCellCountMax>& own_block() noexcept {
    std::atomic<Block*>& block = blocks_[metric_thread_number()];
    Block* own = block.load(std::memory_order_relaxed);
    return own != nullptr ? own->cells : make_block(block).cells;
  }
  static Block& make_block(std::atomic<Block*>& block) noexcept;

  std::array<std::atomic<Block*>, kMetricThreadsMax> blocks_{};
};

}  // namespace millrace::core
