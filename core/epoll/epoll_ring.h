// Operations where io_uring is refused.
#pragma once

#include <sys/epoll.h>

#include <memory>
#include <span>
#include <vector>

#include "core/epoll/completion.h"
#include "core/epoll/descriptor_attempt.h"
#include "core/epoll/file_threads.h"
#include "core/epoll/provided_buffers.h"
#include "core/epoll/under_way.h"

namespace millrace::core::epoll {

/// Executes SQEs as io_uring would, with the same results and flags. What concerns a socket, pipe,
/// eventfd or pidfd is tried at once, and again when epoll says that the descriptor is ready; a
/// descriptor is registered, edge-triggered, when the first operation on it has to wait, and stays
/// so while one is under way. Files are the work of FileThreads. Source: epoll(7).
class EpollRing final : public Ring {
 public:
  /// Errors: kOs of epoll_create1 and eventfd.
  static Result<std::unique_ptr<Ring>> create();
  ~EpollRing() override = default;

  [[nodiscard]] io_uring_sqe* next_sqe() noexcept override;
  void cancel(Op* op) noexcept override;
  void wait(std::optional<std::chrono::nanoseconds> timeout) noexcept override;
  unsigned reap() noexcept override;
  Result<> register_buffers(io_uring_buf_reg& buffers) noexcept override;
  void unregister_buffers(uint16_t group) noexcept override;

 private:
  /// A descriptor by its number.
  struct Watch {
    DescriptorOp* first = nullptr;  // The operations that are blocked.
    uint32_t generation = 0;        // Tells its events from those of an earlier file.
    uint32_t events : 30 = 0;       // Registered for.
    uint32_t registered : 1 = 0;    // Unless the descriptor was closed since.
    uint32_t has_hung_up : 1 = 0;
  };

  EpollRing(UniqueFd epoll, UniqueFd bell) noexcept;
  void submit() noexcept;
  void begin(const io_uring_sqe& sqe) noexcept;
  void begin_on_files(std::span<const io_uring_sqe> chain) noexcept;
  void remember(UnderWay& record) noexcept;
  void complete(UnderWay& record, int32_t result) noexcept;
  void forget(const UnderWay& record) noexcept;

  void proceed(DescriptorOp& op, Seen seen) noexcept;
  void block(DescriptorOp& op) noexcept;
  void release(DescriptorOp& op) noexcept;
  [[nodiscard]] int enroll(int fd, Watch& watch, uint32_t events) noexcept;
  [[nodiscard]] Seen seen_before(int fd);
  [[nodiscard]] Watch& watch_of(int fd);

  void give_turns() noexcept;
  void look(int timeout_ms) noexcept;
  void happened(const epoll_event& event) noexcept;
  void take_done_files() noexcept;

  const UniqueFd epoll_;
  std::unique_ptr<io_uring_sqe[]> queue_;
  size_t queued_ = 0;
  std::vector<Watch> watches_;
  Records<DescriptorOp> descriptor_ops_;
  Records<FileJob> file_jobs_;
  std::vector<DescriptorOp*> yielded_;
  std::vector<DescriptorOp*> turns_;
  Completions completions_;
  Completions reaped_;
  ProvidedBuffers buffers_;
  unsigned turns_without_look_ = 0;
  FileThreads files_;  // Last: its threads use the jobs.
};

}  // namespace millrace::core::epoll
