#include "core/metric_cells.h"

#include <bitset>
#include <memory>
#include <mutex>

#include "core/assert.h"

namespace millrace::core {
namespace {

/// Which numbers are taken. A thread asks once in its life, so a mutex costs nothing.
class ThreadNumbers {
 public:
  size_t take() {
    const std::lock_guard lock(mutex_);
    size_t number = 0;
    while (number < taken_.size() && taken_[number]) ++number;
    MR_ASSERT(number < taken_.size());
    taken_[number] = true;
    return number;
  }

  void give_back(size_t number) {
    const std::lock_guard lock(mutex_);
    taken_[number] = false;
  }

 private:
  std::mutex mutex_;
  std::bitset<kMetricThreadsMax> taken_;
};

ThreadNumbers& thread_numbers() {
  // Never destroyed: threads may end after the statics of this file.
  static auto& numbers = *new ThreadNumbers;
  return numbers;
}

struct OwnNumber {
  const size_t number = thread_numbers().take();
  OwnNumber() = default;
  OwnNumber(const OwnNumber&) = delete;
  ~OwnNumber() { thread_numbers().give_back(number); }
};

}  // namespace

size_t metric_thread_number() noexcept {
  thread_local const OwnNumber own;
  return own.number;
}

MetricCells::~MetricCells() {
  for (std::atomic<Block*>& block : blocks_) delete block.load(std::memory_order_relaxed);
}

MetricCells::Block& MetricCells::make_block(std::atomic<Block*>& block) noexcept {
  // Value-initialised pages; the release lets a scrape on another thread see the zeros.
  auto own = std::make_unique<Block>();
  block.store(own.get(), std::memory_order_release);
  return *own.release();
}

uint64_t MetricCells::sum(size_t cell) const noexcept {
  uint64_t total = 0;
  for (const std::atomic<Block*>& slot : blocks_) {
    const Block* block = slot.load(std::memory_order_acquire);
    if (block != nullptr) total += block->cells[cell].load(std::memory_order_relaxed);
  }
  return total;
}

}  // namespace millrace::core
