// A core: one thread, its ring, its timers and everything that runs on them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "core/buffer_pool.h"
#include "core/cancellation.h"
#include "core/clock.h"
#include "core/gate.h"
#include "core/loop_lag.h"
#include "core/mailbox.h"
#include "core/metrics.h"
#include "core/recv_buffers.h"
#include "core/result.h"
#include "core/ring.h"
#include "core/run_queue.h"
#include "core/task.h"
#include "core/timers.h"
#include "core/unique_fd.h"

namespace millrace::core {

struct CoreOptions {
  unsigned index = 0;
  Reactor reactor = Reactor::kAuto;
  size_t buffer_budget = size_t{64} << 20;  ///< Bytes in BufferPool.
  RecvBuffersSize recv_buffers;
  /// Requests from other threads that may wait here. 4096: one for each of the streams a core may
  /// be home to, sixteen times over.
  uint32_t mailbox_capacity = 4096;
  /// Gets the length of each turn's work. Borrowed; null: nobody wants to know.
  const Histogram* turn_time = nullptr;
};

/// Made and used on one thread, except `mailbox` and `wake`. Nothing that runs here may block.
class Core {
 public:
  /// Creates the ring on the calling thread, which becomes this core's. Errors: those of the ring.
  static Result<std::unique_ptr<Core>> create(CoreOptions options, const Clock& clock);
  /// On a ring made before, whatever `options.reactor` says.
  static Result<std::unique_ptr<Core>> create(CoreOptions options, const Clock& clock,
                                              std::unique_ptr<Ring> ring);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  ~Core();

  /// The core of the calling thread; there must be one.
  [[nodiscard]] static Core& current() noexcept;
  [[nodiscard]] static Core* current_or_null() noexcept;

  [[nodiscard]] unsigned index() const noexcept { return options_.index; }
  [[nodiscard]] Ring& ring() noexcept { return *ring_; }
  [[nodiscard]] Timers& timers() noexcept { return timers_; }
  [[nodiscard]] const Clock& clock() const noexcept { return clock_; }
  /// The time at the beginning of this turn of the loop.
  [[nodiscard]] MonotonicTime now() const noexcept { return now_; }
  /// The time of day in this turn, looked at once.
  [[nodiscard]] UnixTime unix_now() noexcept {
    if (!unix_now_) unix_now_ = clock_.unix_now();
    return *unix_now_;
  }
  [[nodiscard]] RecvBuffers& recv_buffers() noexcept { return *recv_buffers_; }
  [[nodiscard]] LoopLag& loop_lag() noexcept { return loop_lag_; }
  [[nodiscard]] BufferPool& buffers() noexcept { return buffers_; }
  /// Requested when the server stops: everything long-lived on this core listens to it.
  [[nodiscard]] Cancellation& stopping() noexcept { return stopping_; }

  /// Starts `task` from the run queue and keeps it until it is done; the core finishes after it.
  void spawn(Task<void> task);
  /// Runs `what` in the next turn; scheduling twice is one run.
  void schedule(Runnable& what) noexcept {
    if (!what.linked()) ready_.push_back(what);
  }

  /// Runs `what` after what is ready, and one such a turn: for those with much to do, so that
  /// whoever has little waits for one of them at most.
  void schedule_last(Runnable& what) noexcept {
    if (!what.linked()) last_.push_back(what);
  }

  /// Nothing will be sent to this core any more: it is finished once its tasks are.
  void leave() noexcept { leaving_ = true; }
  [[nodiscard]] bool finished() const noexcept { return leaving_ && tasks_.inside() == 0; }
  /// One turn; waits for something to happen when there is nothing to do and `wait` says so.
  enum class Idle : uint8_t { kWait, kReturn };
  void turn(Idle idle) noexcept;
  /// Runs the loop until `task` is done and yields its value. For start-up and tests.
  template <class T>
  T block_on(Task<T> task);

  /// Any thread.
  [[nodiscard]] Mailbox& mailbox() noexcept { return mailbox_; }
  /// Any thread: delivers `mail`, waking the core when it sleeps.
  void deliver(Mail* mail) noexcept;

  /// Spawned tasks not yet done.
  [[nodiscard]] uint32_t tasks() const noexcept { return tasks_.inside(); }

 private:
  Core(CoreOptions options, const Clock& clock, std::unique_ptr<Ring> ring,
       UniqueFd wake_fd) noexcept;
  void arm_wake_up() noexcept;
  void run_ready() noexcept;
  void read_mail() noexcept;

  const CoreOptions options_;
  const Clock& clock_;
  MonotonicTime now_;
  std::optional<UnixTime> unix_now_;
  LoopLag loop_lag_;
  std::unique_ptr<Ring> ring_;
  std::optional<RecvBuffers> recv_buffers_;
  BufferPool buffers_;
  Timers timers_;
  IntrusiveList<Runnable> ready_;
  IntrusiveList<Runnable> last_;
  Cancellation stopping_;
  Gate tasks_;
  bool leaving_ = false;
  UniqueFd wake_fd_;
  Op on_ring_message_;
  struct WakeUp;
  std::unique_ptr<WakeUp> wake_up_;
  Mailbox mailbox_;
};

template <class T>
T Core::block_on(Task<T> task) {
  std::optional<T> value;
  spawn([](Task<T> awaited, std::optional<T>& out) -> Task<void> {
    out.emplace(co_await std::move(awaited));
  }(std::move(task), value));
  while (!value) turn(Idle::kWait);
  return std::move(*value);
}

template <>
inline void Core::block_on(Task<void> task) {
  bool done = false;
  spawn([](Task<void> awaited, bool& out) -> Task<void> {
    co_await std::move(awaited);
    out = true;
  }(std::move(task), done));
  while (!done) turn(Idle::kWait);
}

}  // namespace millrace::core
