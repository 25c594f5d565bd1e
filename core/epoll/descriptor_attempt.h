// One attempt at an operation on a descriptor, without blocking.
#pragma once

#include <cstdint>

#include "core/epoll/completion.h"
#include "core/epoll/provided_buffers.h"
#include "core/epoll/under_way.h"

namespace millrace::core::epoll {

enum class Attempt : uint8_t {
  kBlocked,  ///< The descriptor is not ready: wait for an event.
  kYielded,  ///< There may be more, and others have their turn first.
  kEnded,    ///< The last completion was made.
};

/// What epoll has said of a descriptor.
struct Seen {
  uint32_t events = 0;       ///< Just now; 0: nothing.
  bool has_hung_up = false;  ///< At any time: the peer finished, or the socket failed.
};

[[nodiscard]] bool is_descriptor_op(const io_uring_sqe& sqe) noexcept;

/// The events that `op` waits for when it is blocked, besides EPOLLERR and EPOLLHUP.
[[nodiscard]] uint32_t awaited_events(const DescriptorOp& op) noexcept;

/// Does what can be done now and says so in `completions`, as io_uring would. Takes nothing of a
/// descriptor but what it completes with.
[[nodiscard]] Attempt attempt(DescriptorOp& op, Seen seen, ProvidedBuffers& buffers,
                              Completions& completions);

/// The result of an operation that is cancelled now.
[[nodiscard]] int32_t cancelled_result(const DescriptorOp& op) noexcept;

}  // namespace millrace::core::epoll
