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
  UnderWay(On what, const io_uring_sqe& sqe) noexcept
      : op(reinterpret_cast<Op*>(sqe.user_data)), on(what) {}

  Op* const op;  // Null: nobody asked.
  const On on;
};

/// On a socket, pipe, eventfd or pidfd. 48 bytes, since every idle connection has one that
/// receives: of the SQE only what such operations look at.
struct DescriptorOp : UnderWay {
  explicit DescriptorOp(const io_uring_sqe& sqe) noexcept
      : UnderWay(On::kDescriptor, sqe),
        opcode(sqe.opcode),
        selects_buffer((sqe.flags & IOSQE_BUFFER_SELECT) != 0),
        fd(sqe.fd),
        address(sqe.addr),
        size(sqe.len),
        call_flags(sqe.msg_flags),
        options(sqe.ioprio),
        buffer_group(sqe.buf_group) {}

  const uint8_t opcode;
  const bool selects_buffer : 1;
  bool is_listed : 1 = false;    // Among those that wait for the descriptor.
  bool has_yielded : 1 = false;  // Waits for its next turn.
  const int fd;
  const uint64_t address;
  const uint32_t size;
  uint32_t sent_size = 0;
  const uint32_t call_flags;  // Of accept4, recv, send; the events of a poll.
  const uint16_t options;     // The SQE's ioprio: IORING_RECV_MULTISHOT …
  const uint16_t buffer_group;
  DescriptorOp* next = nullptr;  // The next of those that wait.
};
static_assert(sizeof(DescriptorOp) == 48);

/// For a thread that may block. Linked while it is queued or done.
struct FileJob : UnderWay, ListNode {
  explicit FileJob(const io_uring_sqe& asked) noexcept : UnderWay(On::kFile, asked), sqe(asked) {}

  const io_uring_sqe sqe;
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
    if (free_.empty()) return all_.emplace_back(sqe);
    T* record = free_.back();
    free_.pop_back();
    std::destroy_at(record);
    return *std::construct_at(record, sqe);
  }
  void give_back(T& record) { free_.push_back(&record); }

 private:
  std::deque<T> all_;
  std::vector<T*> free_;
};

}  // namespace millrace::core::epoll
