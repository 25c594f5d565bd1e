// The queue between the threads that log and the one that writes: bounded, without locks.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/limits.h"

namespace millrace::core::log {

/// Many threads push, one pops. A slot's turn says whose it is: equal to the position, it waits for
/// the push of that position; one more, for its pop. Dmitry Vyukov's bounded queue.
class LineQueue {
 public:
  LineQueue();

  /// False when the queue is full. `line` is at most kLogLineSizeMax bytes.
  bool push(std::string_view line) noexcept;

  /// Appends the oldest line to `out`; false when there is none.
  bool pop(std::string& out);

 private:
  struct Slot {
    std::atomic<uint64_t> turn;
    uint32_t size;
    std::array<char, kLogLineSizeMax> text;
  };

  static_assert((kLogQueueLineCount & (kLogQueueLineCount - 1)) == 0);
  Slot& slot(uint64_t position) noexcept { return slots_[position & (kLogQueueLineCount - 1)]; }

  std::unique_ptr<Slot[]> slots_;
  alignas(64) std::atomic<uint64_t> push_position_ = 0;
  alignas(64) uint64_t pop_position_ = 0;
};

}  // namespace millrace::core::log
