#include "core/log_queue.h"

#include <cstring>

#include "core/assert.h"

namespace millrace::core::log {

LineQueue::LineQueue() : slots_(std::make_unique_for_overwrite<Slot[]>(kLogQueueLineCount)) {
  for (uint64_t i = 0; i < kLogQueueLineCount; ++i) {
    slots_[i].turn.store(i, std::memory_order_relaxed);
  }
}

bool LineQueue::push(std::string_view line) noexcept {
  MR_ASSERT(line.size() <= kLogLineSizeMax);
  uint64_t position = push_position_.load(std::memory_order_relaxed);
  while (true) {
    const uint64_t turn = slot(position).turn.load(std::memory_order_acquire);
    if (turn == position) {
      if (push_position_.compare_exchange_weak(position, position + 1,
                                               std::memory_order_relaxed)) {
        break;
      }
    } else if (turn < position) {
      return false;
    } else {
      position = push_position_.load(std::memory_order_relaxed);
    }
  }
  Slot& own = slot(position);
  std::memcpy(own.text.data(), line.data(), line.size());
  own.size = static_cast<uint32_t>(line.size());
  own.turn.store(position + 1, std::memory_order_release);
  return true;
}

bool LineQueue::pop(std::string& out) {
  Slot& oldest = slot(pop_position_);
  if (oldest.turn.load(std::memory_order_acquire) != pop_position_ + 1) return false;
  out.append(oldest.text.data(), oldest.size);
  oldest.turn.store(pop_position_ + kLogQueueLineCount, std::memory_order_release);
  ++pop_position_;
  return true;
}

}  // namespace millrace::core::log
