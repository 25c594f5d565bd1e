#include "core/epoll/descriptor_attempt.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/assert.h"

namespace millrace::core::epoll {
namespace {

// One client that sends fast may fill so many buffers before the others have their turn. 8: what
// RecvStream holds before it pauses.
constexpr unsigned kBuffersPerTurn = 8;
constexpr unsigned kAcceptsPerTurn = 64;
constexpr size_t kVectorsPerCall = 64;

// Poll's events are epoll's, so a poll needs no translation.
static_assert(POLLIN == EPOLLIN && POLLOUT == EPOLLOUT && POLLERR == EPOLLERR &&
              POLLHUP == EPOLLHUP && POLLPRI == EPOLLPRI);

bool would_block(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK; }

Attempt end(const DescriptorOp& op, Completions& completions, ssize_t result, uint32_t flags = 0) {
  completions.push_back({.op = op.op, .result = static_cast<int32_t>(result), .flags = flags});
  return Attempt::kEnded;
}

Attempt try_accept(const DescriptorOp& op, Completions& completions) {
  for (unsigned accepts = 0; accepts < kAcceptsPerTurn;) {
    const int fd = ::accept4(op.fd, nullptr, nullptr, static_cast<int>(op.call_flags));
    if (fd < 0 && errno == EINTR) continue;
    if (fd < 0 && would_block(errno)) return Attempt::kBlocked;
    if (fd < 0) return end(op, completions, -errno);
    if ((op.options & IORING_ACCEPT_MULTISHOT) == 0) return end(op, completions, fd);
    completions.push_back({.op = op.op, .result = fd, .flags = IORING_CQE_F_MORE});
    ++accepts;
  }
  return Attempt::kYielded;
}

/// Not recv(3): its check by AddressSanitizer knows that a provided buffer is nobody's to write to.
ssize_t receive(const DescriptorOp& op, uint64_t address, size_t size) noexcept {
  ssize_t got = 0;
  do {
    got = ::syscall(SYS_recvfrom, op.fd, address, size, op.call_flags | MSG_DONTWAIT, nullptr,
                    nullptr);
  } while (got < 0 && errno == EINTR);
  return got;
}

Attempt try_receive(const DescriptorOp& op, Completions& completions) {
  const ssize_t got = receive(op, op.address, op.size);
  if (got < 0 && would_block(errno)) return Attempt::kBlocked;
  return end(op, completions, got < 0 ? -errno : got);
}

Attempt try_receive_into_buffers(const DescriptorOp& op, Seen seen, ProvidedBuffers& buffers,
                                 Completions& completions) {
  MR_ASSERT(buffers.are_of(op.buffer_group));
  const bool multishot = (op.options & IORING_RECV_MULTISHOT) != 0;
  for (unsigned taken = 0; taken < kBuffersPerTurn; ++taken) {
    const io_uring_buf* buffer = buffers.front();
    if (buffer == nullptr) return end(op, completions, -ENOBUFS);
    const ssize_t got = receive(op, buffer->addr, buffer->len);
    if (got < 0 && would_block(errno)) return Attempt::kBlocked;
    if (got <= 0) return end(op, completions, got < 0 ? -errno : 0);
    const uint32_t flags = IORING_CQE_F_BUFFER | (uint32_t{buffer->bid} << IORING_CQE_BUFFER_SHIFT);
    const bool drained = static_cast<size_t>(got) < buffer->len;
    buffers.pop();
    if (!multishot) return end(op, completions, got, flags);
    completions.push_back(
        {.op = op.op, .result = static_cast<int32_t>(got), .flags = flags | IORING_CQE_F_MORE});
    // A stream that gave less than was asked for is drained, and says so when there is more; but
    // its end was said already. Source: epoll(7), question 9.
    if (drained && !seen.has_hung_up) return Attempt::kBlocked;
  }
  return Attempt::kYielded;
}

/// What is left of `message` after its first `skipped` bytes, as far as one call takes it.
ssize_t send_rest(int fd, const msghdr& message, size_t skipped, int flags) noexcept {
  std::array<iovec, kVectorsPerCall> rest;
  size_t count = 0;
  for (size_t i = 0; i < message.msg_iovlen && count < rest.size(); ++i) {
    const iovec& whole = message.msg_iov[i];
    const size_t skip = std::min(skipped, whole.iov_len);
    skipped -= skip;
    if (skip == whole.iov_len) continue;
    rest[count++] = {.iov_base = static_cast<std::byte*>(whole.iov_base) + skip,
                     .iov_len = whole.iov_len - skip};
  }
  msghdr left = message;
  left.msg_iov = rest.data();
  left.msg_iovlen = count;
  return ::sendmsg(fd, &left, flags);
}

size_t size_of(const msghdr& message) noexcept {
  size_t size = 0;
  for (size_t i = 0; i < message.msg_iovlen; ++i) size += message.msg_iov[i].iov_len;
  return size;
}

Attempt try_send(DescriptorOp& op, Completions& completions) {
  const auto* message = reinterpret_cast<const msghdr*>(op.address);
  const bool gathers = op.opcode == IORING_OP_SENDMSG;
  const size_t size = gathers ? size_of(*message) : op.size;
  const int flags =
      static_cast<int>((op.call_flags & ~unsigned{MSG_WAITALL}) | MSG_DONTWAIT | MSG_NOSIGNAL);
  for (;;) {
    const ssize_t sent =
        gathers ? send_rest(op.fd, *message, op.sent_size, flags)
                : ::send(op.fd, reinterpret_cast<const std::byte*>(op.address) + op.sent_size,
                         size - op.sent_size, flags);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && would_block(errno)) return Attempt::kBlocked;
    if (sent < 0) return end(op, completions, op.sent_size > 0 ? op.sent_size : -errno);
    op.sent_size += static_cast<uint32_t>(sent);
    const bool waits_for_all = (op.call_flags & MSG_WAITALL) != 0;
    if (!waits_for_all || op.sent_size == size) return end(op, completions, op.sent_size);
  }
}

Attempt try_poll(const DescriptorOp& op, Seen seen, Completions& completions) {
  const uint32_t ready = seen.events & (op.call_flags | EPOLLERR | EPOLLHUP);
  if (ready == 0) return Attempt::kBlocked;
  if ((op.size & IORING_POLL_ADD_MULTI) == 0) return end(op, completions, ready);
  completions.push_back(
      {.op = op.op, .result = static_cast<int32_t>(ready), .flags = IORING_CQE_F_MORE});
  return Attempt::kBlocked;
}

}  // namespace

bool is_descriptor_op(const io_uring_sqe& sqe) noexcept {
  switch (sqe.opcode) {
    case IORING_OP_ACCEPT:
    case IORING_OP_RECV:
    case IORING_OP_SEND:
    case IORING_OP_SENDMSG:
    case IORING_OP_POLL_ADD:
      return true;
    default:
      return false;
  }
}

uint32_t awaited_events(const DescriptorOp& op) noexcept {
  switch (op.opcode) {
    case IORING_OP_ACCEPT:
      return EPOLLIN;
    case IORING_OP_RECV:
      return EPOLLIN | EPOLLRDHUP;
    case IORING_OP_POLL_ADD:
      return op.call_flags;
    default:
      return EPOLLOUT;
  }
}

Attempt attempt(DescriptorOp& op, Seen seen, ProvidedBuffers& buffers, Completions& completions) {
  switch (op.opcode) {
    case IORING_OP_ACCEPT:
      return try_accept(op, completions);
    case IORING_OP_RECV:
      if (!op.selects_buffer) return try_receive(op, completions);
      return try_receive_into_buffers(op, seen, buffers, completions);
    case IORING_OP_POLL_ADD:
      return try_poll(op, seen, completions);
    default:
      return try_send(op, completions);
  }
}

int32_t cancelled_result(const DescriptorOp& op) noexcept {
  return op.sent_size > 0 ? static_cast<int32_t>(op.sent_size) : -ECANCELED;
}

}  // namespace millrace::core::epoll
