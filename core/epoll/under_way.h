// What an EpollRing remembers of operations between their beginning and their last completion.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "core/intrusive_list.h"
#include "core/ring.h"

namespace millrace::core::epoll {

struct UnderWay {
  enum class On : uint8_t { kDescriptor, kFile };
  explicit UnderWay(On what) noexcept : on(what) {}

  const On on;
  io_uring_sqe sqe{};  // As it was asked for.
  [[nodiscard]] Op* op() const noexcept { return reinterpret_cast<Op*>(sqe.user_data); }
};

/// On a socket, pipe, eventfd or pidfd. Linked while it waits for its next turn.
struct DescriptorOp : UnderWay, ListNode {
  DescriptorOp() noexcept : UnderWay(On::kDescriptor) {}

  uint32_t sent_size = 0;
  bool listed = false;           // Among those that wait for the descriptor.
  DescriptorOp* next = nullptr;  // The next of them.
};

/// For a thread that may block. Linked while it is queued or done.
struct FileJob : UnderWay, ListNode {
  FileJob() noexcept : UnderWay(On::kFile) {}

  FileJob* then = nullptr;  // To be done after it (IOSQE_IO_HARDLINK).
  int32_t result = 0;
  // Set by the ring's thread, read by the one that does the job: too late is no error.
  std::atomic<bool> cancelled{false};
};

/// Records at addresses that stay: as many as were ever needed at once.
template <class T>
class Records {
 public:
  [[nodiscard]] T& take(const io_uring_sqe& sqe) {
    if (free_.empty()) free_.push_back(&all_.emplace_back());
    T& record = *free_.back();
    free_.pop_back();
    record.sqe = sqe;
    return record;
  }
  void give_back(T& record) {
    std::destroy_at(&record);
    free_.push_back(std::construct_at(&record));
  }

 private:
  std::deque<T> all_;
  std::vector<T*> free_;
};

}  // namespace millrace::core::epoll
