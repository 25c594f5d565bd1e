// One io_uring of one thread.
#pragma once

#include "core/ring.h"

namespace millrace::core {

/// SINGLE_ISSUER and DEFER_TASKRUN: the kernel completes operations only while this thread asks.
/// Source: io_uring_setup(2), io_uring_enter(2).
class UringRing final : public Ring {
 public:
  /// Errors: kOs with the errno of io_uring_setup.
  static Result<std::unique_ptr<Ring>> create();
  ~UringRing() override;

  [[nodiscard]] io_uring_sqe* next_sqe() noexcept override;
  void cancel(Op* op) noexcept override;
  void wait(std::optional<std::chrono::nanoseconds> timeout) noexcept override;
  unsigned reap() noexcept override;
  Result<> register_buffers(io_uring_buf_reg& buffers) noexcept override;
  void unregister_buffers(uint16_t group) noexcept override;

 private:
  UringRing() noexcept : Ring(Reactor::kUring) {}
  /// Whether `wait` or `reap` has something to do without waiting.
  [[nodiscard]] bool has_work() const noexcept;

  io_uring ring_{};
  bool open_ = false;
};

}  // namespace millrace::core
