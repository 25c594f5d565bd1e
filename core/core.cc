#include "core/core.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <utility>

#include "core/assert.h"

namespace millrace::core {
namespace {

thread_local Core* current_core = nullptr;

// Runs per turn before the kernel is asked again: enough to amortise the call, few enough that a
// completion waits less than about a millisecond for code that takes 10 us a run.
constexpr unsigned kRunsPerTurn = 128;

/// Runs a spawned task and frees itself at the end.
struct Detached {
  struct promise_type {
    static void* operator new(std::size_t size) { return allocate_frame(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { free_frame(frame, size); }
    Detached get_return_object() noexcept {
      return {std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    [[noreturn]] void unhandled_exception() noexcept {
      assertion_failed("a spawned task let an exception out", __FILE__, __LINE__);
    }
    Resumption start;
  };
  std::coroutine_handle<promise_type> frame;
};

Detached run_detached(Task<void> task, Gate::Pass) { co_await std::move(task); }

}  // namespace

/// Polls the eventfd by which threads wake this core that cannot send its ring a message.
struct Core::WakeUp final : Op {
  explicit WakeUp(Core& owner)
      : Op([](Op* op, int32_t, uint32_t flags) noexcept {
          auto* self = static_cast<WakeUp*>(op);
          uint64_t count = 0;
          static_cast<void>(::read(self->core.wake_fd_.get(), &count, sizeof count));
          if ((flags & IORING_CQE_F_MORE) == 0) self->core.arm_wake_up();
        }),
        core(owner) {}
  Core& core;
};

Result<std::unique_ptr<Core>> Core::create(CoreOptions options, const Clock& clock) {
  Result<std::unique_ptr<Ring>> ring = Ring::create(options.reactor);
  if (!ring) return std::unexpected(ring.error());
  return create(options, clock, std::move(*ring));
}

Result<std::unique_ptr<Core>> Core::create(CoreOptions options, const Clock& clock,
                                           std::unique_ptr<Ring> ring) {
  MR_ASSERT(current_core == nullptr);
  UniqueFd wake_fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_fd) return os_failure(errno, "eventfd");
  std::unique_ptr<Core> core(new Core(options, clock, std::move(ring), std::move(wake_fd)));
  Result<RecvBuffers> buffers = RecvBuffers::create(*core->ring_, options.recv_buffers);
  if (!buffers) return std::unexpected(buffers.error());
  core->recv_buffers_.emplace(std::move(*buffers));
  core->arm_wake_up();
  return core;
}

Core::Core(CoreOptions options, const Clock& clock, std::unique_ptr<Ring> ring,
           UniqueFd wake_fd) noexcept
    : options_(options),
      clock_(clock),
      now_(clock.now()),
      loop_lag_(now_),
      ring_(std::move(ring)),
      buffers_(options.buffer_budget),
      timers_(now_),
      wake_fd_(std::move(wake_fd)),
      on_ring_message_([](Op*, int32_t, uint32_t) noexcept {}),
      wake_up_(std::make_unique<WakeUp>(*this)),
      mailbox_(options.mailbox_capacity) {
  current_core = this;
}

Core::~Core() {
  MR_ASSERT(current_core == this && tasks_.inside() == 0);
  current_core = nullptr;
}

Core& Core::current() noexcept {
  MR_ASSERT(current_core != nullptr);
  return *current_core;
}

Core* Core::current_or_null() noexcept { return current_core; }

void Core::arm_wake_up() noexcept {
  io_uring_sqe* sqe = ring_->next_sqe();
  io_uring_prep_poll_multishot(sqe, wake_fd_.get(), POLLIN);
  Ring::address(sqe, wake_up_.get());
}

void Core::spawn(Task<void> task) {
  const Detached detached = run_detached(std::move(task), tasks_.enter());
  Resumption& start = detached.frame.promise().start;
  start.set(detached.frame);
  schedule(start);
}

void Core::deliver(Mail* mail) noexcept {
  if (!mailbox_.push(mail)) return;
  const bool by_ring = current_core != nullptr && current_core != this &&
                       current_core->ring_->message_fd() >= 0 && ring_->message_fd() >= 0;
  if (by_ring) {
    io_uring_sqe* sqe = current_core->ring_->next_sqe();
    io_uring_prep_msg_ring(sqe, ring_->message_fd(), 0,
                           reinterpret_cast<uintptr_t>(&on_ring_message_), 0);
    Ring::address(sqe, nullptr);
    return;
  }
  const uint64_t one = 1;
  static_cast<void>(::write(wake_fd_.get(), &one, sizeof one));
}

void Core::run_ready() noexcept {
  for (unsigned runs = 0; runs < kRunsPerTurn; ++runs) {
    Runnable* next = ready_.pop_front();
    if (next == nullptr) break;
    next->run();
  }
  if (Runnable* next = last_.pop_front()) next->run();
}

void Core::read_mail() noexcept {
  for (unsigned runs = 0; runs < kRunsPerTurn; ++runs) {
    Mail* mail = mailbox_.pop();
    if (mail == nullptr) return;
    mail->run();
  }
}

void Core::turn(Idle idle) noexcept {
  const bool may_sleep = idle == Idle::kWait && !finished() && ready_.empty() && last_.empty() &&
                         mailbox_.fall_asleep();
  std::optional<std::chrono::nanoseconds> timeout = std::chrono::nanoseconds::zero();
  if (may_sleep) {
    // A simulated clock does not move while the kernel waits: only completions end such a wait.
    timeout = clock_.follows_real_time() ? timers_.until_next(clock_.now()) : std::nullopt;
  }
  ring_->wait(timeout);
  if (may_sleep) mailbox_.wake_up();
  now_ = clock_.now();
  unix_now_.reset();
  ring_->reap();
  timers_.advance(now_);
  read_mail();
  run_ready();
  const MonotonicTime end = clock_.now();
  loop_lag_.worked(now_, end);
  if (options_.turn_time != nullptr) options_.turn_time->record(end - now_);
}

}  // namespace millrace::core
