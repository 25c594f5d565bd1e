// What a core asks the kernel to do, and hears of when it is done.
#pragma once

#include <liburing.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/reactor.h"
#include "core/result.h"

namespace millrace::core {

namespace epoll {
class EpollRing;
struct UnderWay;
}  // namespace epoll

/// What a completion is addressed to: `user_data` of an SQE points at one of these, not at a
/// coroutine, because a multishot SQE completes many times.
class Op {
 public:
  /// `result` is the CQE's res (a count, or a negative errno), `flags` its flags.
  using Complete = void (*)(Op*, int32_t result, uint32_t flags) noexcept;
  explicit Op(Complete complete) noexcept : complete_(complete) {}
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;
  void complete(int32_t result, uint32_t flags) noexcept { complete_(this, result, flags); }

 private:
  friend class epoll::EpollRing;
  Complete complete_;
  epoll::UnderWay* under_way_ = nullptr;  // EpollRing's record of it, for a cancellation.
};

struct RingCounters {
  uint64_t enters = 0;       ///< io_uring_enter or epoll_wait calls.
  uint64_t submissions = 0;  ///< SQEs begun.
  uint64_t completions = 0;  ///< Completions reaped.
};

/// An operation is described by an SQE, whoever executes it. Owned and used by one thread;
/// completions are delivered only inside `reap`, so that code between two awaits is never
/// interrupted by its own core. No descriptor may be closed while an operation on it is under way.
class Ring {
 public:
  /// Creates the ring on the calling thread. Errors: kOs with the errno of io_uring_setup, or of
  /// epoll_create1.
  static Result<std::unique_ptr<Ring>> create(Reactor reactor);
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  virtual ~Ring() = default;

  /// Never null: begins what is queued first when the queue is full.
  [[nodiscard]] virtual io_uring_sqe* next_sqe() noexcept = 0;
  /// The SQE's completion goes to `op`; null: its completion is dropped.
  static void address(io_uring_sqe* sqe, Op* op) noexcept { io_uring_sqe_set_data(sqe, op); }
  /// Asks for the end of `op`, which completes all the same (with -ECANCELED, or as it was).
  virtual void cancel(Op* op) noexcept = 0;

  /// Begins what is queued and waits until a completion is there or `timeout` passed (nullopt: for
  /// ever; zero: not at all).
  virtual void wait(std::optional<std::chrono::nanoseconds> timeout) noexcept = 0;
  /// Completes every operation whose completion is there. Yields how many were.
  virtual unsigned reap() noexcept = 0;

  /// Receives take their memory from `buffers` from now on, or no longer. Source:
  /// io_uring_register_buf_ring(3).
  virtual Result<> register_buffers(io_uring_buf_reg& buffers) noexcept = 0;
  virtual void unregister_buffers(uint16_t group) noexcept = 0;

  [[nodiscard]] Reactor reactor() const noexcept { return reactor_; }
  /// What MSG_RING of another ring takes as its target; -1: this one hears no such messages.
  [[nodiscard]] int message_fd() const noexcept { return message_fd_; }
  [[nodiscard]] const RingCounters& counters() const noexcept { return counters_; }

 protected:
  explicit Ring(Reactor reactor) noexcept : reactor_(reactor) {}
  int message_fd_ = -1;
  RingCounters counters_;

 private:
  const Reactor reactor_;
};

/// Tries what the server needs on this machine: an io_uring with its flags, a provided-buffer ring,
/// and a multishot receive on a socket pair. Errors: kOs; `explain_ring_failure` makes it readable.
Result<> probe_ring();

struct ReactorChoice {
  Reactor reactor = Reactor::kEpoll;  ///< Not kAuto.
  std::optional<Error> ring_failure;  ///< Why it is not io_uring although that is wanted.
};

/// What `wanted` comes to on this machine. Errors: those of probe_ring, when kUring is wanted.
Result<ReactorChoice> choose_reactor(Reactor wanted);

/// A message for the operator that names what forbids io_uring here and how to allow it: the sysctl
/// kernel.io_uring_disabled, a container's seccomp profile, or a kernel that is too old.
std::string explain_ring_failure(const Error& error);

}  // namespace millrace::core
