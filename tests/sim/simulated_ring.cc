#include "tests/sim/simulated_ring.h"

#include <fcntl.h>
#include <poll.h>
#include <sanitizer/asan_interface.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "core/assert.h"
#include "core/epoll/descriptor_attempt.h"
#include "core/epoll/file_call.h"

namespace millrace::sim {
namespace {

bool is_multishot(const io_uring_sqe& sqe) noexcept {
  switch (sqe.opcode) {
    case IORING_OP_ACCEPT:
      return (sqe.ioprio & IORING_ACCEPT_MULTISHOT) != 0;
    case IORING_OP_RECV:
      return (sqe.ioprio & IORING_RECV_MULTISHOT) != 0;
    default:
      return false;
  }
}

bool opens(const io_uring_sqe& sqe) noexcept {
  return sqe.opcode == IORING_OP_OPENAT || sqe.opcode == IORING_OP_OPENAT2;
}

bool transfers(const io_uring_sqe& sqe) noexcept {
  return sqe.opcode == IORING_OP_READ || sqe.opcode == IORING_OP_WRITE;
}

std::string gathered(const io_uring_sqe& sqe) {
  if (sqe.opcode == IORING_OP_SEND) return {reinterpret_cast<const char*>(sqe.addr), sqe.len};
  const auto* message = reinterpret_cast<const msghdr*>(sqe.addr);
  std::string all;
  for (size_t i = 0; i < message->msg_iovlen; ++i) {
    const iovec& run = message->msg_iov[i];
    all.append(static_cast<const char*>(run.iov_base), run.iov_len);
  }
  return all;
}

}  // namespace

SimulatedRing::SimulatedRing(Network& network, Random& random, const Faults& faults, Trace& trace,
                             size_t queue_size)
    : Ring(core::Reactor::kEpoll),
      network_(network),
      random_(random),
      faults_(faults),
      trace_(trace),
      queue_(queue_size) {}

SimulatedRing::~SimulatedRing() {
  for (const Pending& op : pending_) network_.hold(op.sqe.fd, -1);
}

io_uring_sqe* SimulatedRing::next_sqe() noexcept {
  if (queued_ == queue_.size()) submit();
  return &(queue_[queued_++] = {});
}

void SimulatedRing::submit() noexcept {
  uint64_t linked_to = 0;
  for (size_t i = 0; i < queued_; ++i) {
    const io_uring_sqe& sqe = queue_[i];
    pending_.push_back({.sqe = sqe, .number = ++begun_, .after = linked_to});
    linked_to = (sqe.flags & IOSQE_IO_HARDLINK) != 0 ? begun_ : 0;
    if (core::epoll::is_descriptor_op(sqe)) network_.hold(sqe.fd, +1);
  }
  counters_.submissions += queued_;
  queued_ = 0;
}

void SimulatedRing::cancel(core::Op* op) noexcept {
  submit();
  for (Pending& pending : pending_) {
    if (pending.sqe.user_data == reinterpret_cast<uintptr_t>(op)) pending.is_cancelled = true;
  }
}

void SimulatedRing::wait(std::optional<std::chrono::nanoseconds>) noexcept {
  ++counters_.enters;
  submit();
  try_all();
}

void SimulatedRing::try_all() noexcept {
  order_.resize(pending_.size());
  for (size_t i = 0; i < order_.size(); ++i) {
    order_[i] = i;
    std::swap(order_[i], order_[random_.below(i + 1)]);
  }
  for (const size_t i : order_) {
    if (!random_.chance(faults_.idle)) proceed(pending_[i]);
  }
  std::erase_if(pending_, [](const Pending& op) { return op.is_done; });
}

bool SimulatedRing::must_wait(const Pending& op) const noexcept {
  return op.after != 0 && std::ranges::any_of(pending_, [&](const Pending& other) {
           return other.number == op.after && !other.is_done;
         });
}

void SimulatedRing::proceed(Pending& op) noexcept {
  if (must_wait(op)) return;
  finish_flags_ = 0;
  if (!op.is_cancelled || random_.chance(faults_.late_cancel)) {
    if (const Outcome result = attempt(op)) {
      finish(op, *result, finish_flags_);
      return;
    }
  }
  if (op.is_cancelled) finish(op, op.sent > 0 ? static_cast<int32_t>(op.sent) : -ECANCELED, 0);
}

void SimulatedRing::more(const Pending& op, int32_t result, uint32_t flags) {
  completions_.push_back({.op = reinterpret_cast<core::Op*>(op.sqe.user_data),
                          .result = result,
                          .flags = flags | IORING_CQE_F_MORE});
}

void SimulatedRing::finish(Pending& op, int32_t result, uint32_t flags) {
  op.is_done = true;
  if (core::epoll::is_descriptor_op(op.sqe)) network_.hold(op.sqe.fd, -1);
  completions_.push_back(
      {.op = reinterpret_cast<core::Op*>(op.sqe.user_data), .result = result, .flags = flags});
  const Link* link = network_.link_of(op.sqe.fd);
  trace_.note("operation ends", link == nullptr ? 0 : link->number(),
              int64_t{op.sqe.opcode} * 1'000'000 + result);
}

SimulatedRing::Outcome SimulatedRing::attempt(Pending& op) {
  switch (op.sqe.opcode) {
    case IORING_OP_ACCEPT:
      return attempt_accept(op);
    case IORING_OP_RECV:
      return attempt_receive(op);
    case IORING_OP_SEND:
    case IORING_OP_SENDMSG:
      return attempt_send(op);
    case IORING_OP_POLL_ADD:
      return attempt_poll(op);
    default:
      return call(op.sqe);
  }
}

SimulatedRing::Outcome SimulatedRing::attempt_accept(const Pending& op) {
  for (;;) {
    const int fd = network_.accept();
    if (fd == -EAGAIN) return std::nullopt;
    if (fd < 0 || !is_multishot(op.sqe) || random_.chance(faults_.multishot_ends)) return fd;
    more(op, fd, 0);
  }
}

SimulatedRing::Outcome SimulatedRing::attempt_receive(const Pending& op) {
  const io_uring_sqe& sqe = op.sqe;
  const bool provided = (sqe.flags & IOSQE_BUFFER_SELECT) != 0;
  for (;;) {
    const io_uring_buf* buffer = nullptr;
    auto* into = reinterpret_cast<std::byte*>(sqe.addr);
    size_t size = sqe.len;
    if (provided) {
      // As the kernel, which looks for a buffer only when there is something to put into it.
      if ((network_.link_of(sqe.fd)->ready() & POLLIN) == 0) return std::nullopt;
      MR_ASSERT(buffers_.are_of(sqe.buf_group));
      buffer = buffers_.front();
      if (buffer == nullptr) return -ENOBUFS;
      into = reinterpret_cast<std::byte*>(buffer->addr);
      size = buffer->len;
      ASAN_UNPOISON_MEMORY_REGION(into, size);
    }
    const ssize_t got = network_.receive(sqe.fd, {into, size});
    if (provided) ASAN_POISON_MEMORY_REGION(into, size);
    if (got == -EAGAIN) return std::nullopt;
    if (got > 0 && provided) {
      finish_flags_ = IORING_CQE_F_BUFFER | (uint32_t{buffer->bid} << IORING_CQE_BUFFER_SHIFT);
      buffers_.pop();
    }
    const auto result = static_cast<int32_t>(got);
    if (got <= 0 || !is_multishot(sqe) || random_.chance(faults_.multishot_ends)) return result;
    more(op, result, std::exchange(finish_flags_, 0));
    if (random_.chance(faults_.idle)) return std::nullopt;
  }
}

SimulatedRing::Outcome SimulatedRing::attempt_send(Pending& op) {
  const std::string bytes = gathered(op.sqe);
  MR_ASSERT((op.sqe.msg_flags & MSG_WAITALL) != 0);
  while (op.sent < bytes.size()) {
    const ssize_t sent = network_.send(op.sqe.fd, std::string_view(bytes).substr(op.sent));
    if (sent == -EAGAIN || sent == -EINTR) return std::nullopt;
    if (sent < 0) return op.sent > 0 ? static_cast<int32_t>(op.sent) : static_cast<int32_t>(sent);
    op.sent += static_cast<size_t>(sent);
  }
  return static_cast<int32_t>(op.sent);
}

SimulatedRing::Outcome SimulatedRing::attempt_poll(const Pending& op) {
  const Link* link = network_.link_of(op.sqe.fd);
  if (link == nullptr) return std::nullopt;  // What wakes a sleeping core: this one never sleeps.
  const uint32_t asked = op.sqe.poll32_events | POLLERR | POLLHUP;
  if (random_.chance(faults_.poll_error)) return -ENOMEM;
  if (random_.chance(faults_.false_ready)) return static_cast<int32_t>(asked & (POLLIN | POLLOUT));
  const auto ready = static_cast<int32_t>(static_cast<uint32_t>(link->ready()) & asked);
  if (ready == 0) return std::nullopt;
  return ready;
}

int32_t SimulatedRing::call(io_uring_sqe sqe) {
  if (random_.chance(faults_.file_error)) {
    static constexpr int kErrors[] = {EIO, ENOMEM};
    static constexpr int kOpenErrors[] = {EMFILE, ENFILE, ENOMEM, EIO};
    if (sqe.opcode == IORING_OP_WRITE) return -ENOSPC;
    return opens(sqe) ? -random_.pick(kOpenErrors) : -random_.pick(kErrors);
  }
  if (transfers(sqe) && sqe.len > 1 && random_.chance(faults_.short_file)) {
    sqe.len = static_cast<uint32_t>(random_.some_of(sqe.len - 1));
  }
  if (sqe.opcode != IORING_OP_OPENAT2) return core::epoll::call(sqe);
  const long fd = ::syscall(SYS_openat2, sqe.fd, sqe.addr, sqe.off, sqe.len);
  return fd < 0 ? -errno : static_cast<int32_t>(fd);
}

unsigned SimulatedRing::reap() noexcept {
  reaped_.clear();
  reaped_.swap(completions_);
  for (const core::epoll::Completion& completion : reaped_) {
    if (completion.op != nullptr) completion.op->complete(completion.result, completion.flags);
  }
  counters_.completions += reaped_.size();
  return static_cast<unsigned>(reaped_.size());
}

core::Result<> SimulatedRing::register_buffers(io_uring_buf_reg& buffers) noexcept {
  buffers_ = core::epoll::ProvidedBuffers(buffers);
  return {};
}

void SimulatedRing::unregister_buffers(uint16_t group) noexcept {
  MR_ASSERT(buffers_.are_of(group));
  buffers_ = {};
}

size_t SimulatedRing::under_way() const noexcept {
  return queued_ + static_cast<size_t>(std::ranges::count_if(pending_, [&](const Pending& op) {
           return op.sqe.opcode != IORING_OP_POLL_ADD || network_.has(op.sqe.fd);
         }));
}

}  // namespace millrace::sim
