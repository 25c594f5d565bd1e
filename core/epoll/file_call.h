// Operations on files, as the system calls that block.
#pragma once

#include <cstdint>
#include <optional>

#include "core/ring.h"

namespace millrace::core::epoll {

[[nodiscard]] bool is_file_op(const io_uring_sqe& sqe) noexcept;

/// Blocks. Yields what the CQE would say: a count or a descriptor, or a negative errno.
[[nodiscard]] int32_t call(const io_uring_sqe& sqe) noexcept;

/// The same for what can be had without blocking (a read from the page cache); nullopt: it cannot.
[[nodiscard]] std::optional<int32_t> call_without_blocking(const io_uring_sqe& sqe) noexcept;

}  // namespace millrace::core::epoll
