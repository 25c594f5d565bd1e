// One io_uring of one thread.
#pragma once

#include <liburing.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"

namespace millrace::core {

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
  Complete complete_;
};

struct RingCounters {
  uint64_t enters = 0;       ///< io_uring_enter calls.
  uint64_t submissions = 0;  ///< SQEs handed to the kernel.
  uint64_t completions = 0;  ///< CQEs reaped.
};

/// Owned and used by one thread (SINGLE_ISSUER); completions are delivered only inside `reap`
/// (DEFER_TASKRUN), so that code between two awaits is never interrupted by its own core.
/// Source: io_uring_setup(2), io_uring_enter(2).
class Ring {
 public:
  /// Creates the ring on the calling thread. Errors: kOs with the errno of io_uring_setup.
  static Result<Ring> create();

  Ring(Ring&& other) noexcept;
  Ring& operator=(Ring&&) = delete;
  ~Ring();

  /// Never null: hands the queue to the kernel first when it is full.
  [[nodiscard]] io_uring_sqe* next_sqe() noexcept;
  /// The SQE's completion goes to `op`; null: its completion is dropped.
  static void address(io_uring_sqe* sqe, Op* op) noexcept { io_uring_sqe_set_data(sqe, op); }
  /// Asks the kernel to end `op`, which completes all the same (with -ECANCELED, or as it was).
  void cancel(Op* op) noexcept;

  /// Submits what is queued and waits until a completion is there or `timeout` passed (nullopt: for
  /// ever; zero: not at all).
  void wait(std::optional<std::chrono::nanoseconds> timeout) noexcept;
  /// Completes every operation whose completion is there. Yields how many were.
  unsigned reap() noexcept;

  /// Whether `wait` or `reap` has something to do without waiting.
  [[nodiscard]] bool has_work() const noexcept;
  [[nodiscard]] int fd() const noexcept { return ring_.ring_fd; }
  [[nodiscard]] io_uring* raw() noexcept { return &ring_; }
  [[nodiscard]] const RingCounters& counters() const noexcept { return counters_; }

 private:
  Ring() = default;

  io_uring ring_{};
  bool open_ = false;
  RingCounters counters_;
};

/// Tries what the server needs on this machine: a ring with its flags, a provided-buffer ring, and
/// a multishot receive on a socket pair. Errors: kOs; `explain_ring_failure` makes it readable.
Result<> probe_ring();

/// A message for the operator that names what forbids io_uring here and how to allow it: the sysctl
/// kernel.io_uring_disabled, a container's seccomp profile, or a kernel that is too old.
std::string explain_ring_failure(const Error& error);

}  // namespace millrace::core
