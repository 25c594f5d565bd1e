// A ring whose kernel is a simulation.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/epoll/completion.h"
#include "core/epoll/provided_buffers.h"
#include "core/ring.h"
#include "tests/sim/faults.h"
#include "tests/sim/network.h"
#include "tests/sim/random.h"
#include "tests/sim/trace.h"

namespace millrace::sim {

/// Sockets are those of the network; operations on files are done for real, at once, by system
/// calls. In each turn the operations under way are tried in an order that chance decides, and
/// some are not tried at all. Never waits.
class SimulatedRing final : public core::Ring {
 public:
  /// `queue_size`: SQEs that are kept before they are begun, from 1.
  SimulatedRing(Network& network, Random& random, const Faults& faults, Trace& trace,
                size_t queue_size);
  ~SimulatedRing() override;

  [[nodiscard]] io_uring_sqe* next_sqe() noexcept override;
  void cancel(core::Op* op) noexcept override;
  void wait(std::optional<std::chrono::nanoseconds> timeout) noexcept override;
  unsigned reap() noexcept override;
  core::Result<> register_buffers(io_uring_buf_reg& buffers) noexcept override;
  void unregister_buffers(uint16_t group) noexcept override;

  /// Operations that somebody waits for, but for the core's own wait to be woken.
  [[nodiscard]] size_t under_way() const noexcept;

 private:
  struct Pending {
    io_uring_sqe sqe;
    uint64_t number;
    uint64_t after;  // The one it is linked to; 0: none.
    size_t sent = 0;
    bool is_cancelled = false;
    bool is_done = false;
  };
  /// A result, or nullopt: it goes on.
  using Outcome = std::optional<int32_t>;

  void submit() noexcept;
  void try_all() noexcept;
  void proceed(Pending& op) noexcept;
  [[nodiscard]] bool must_wait(const Pending& op) const noexcept;
  [[nodiscard]] Outcome attempt(Pending& op);
  [[nodiscard]] Outcome attempt_accept(const Pending& op);
  [[nodiscard]] Outcome attempt_receive(const Pending& op);
  [[nodiscard]] Outcome attempt_send(Pending& op);
  [[nodiscard]] Outcome attempt_poll(const Pending& op);
  [[nodiscard]] int32_t call(io_uring_sqe sqe);
  void more(const Pending& op, int32_t result, uint32_t flags);
  void finish(Pending& op, int32_t result, uint32_t flags);

  Network& network_;
  Random& random_;
  const Faults& faults_;
  Trace& trace_;
  std::vector<io_uring_sqe> queue_;
  size_t queued_ = 0;
  uint64_t begun_ = 0;
  std::vector<Pending> pending_;
  std::vector<size_t> order_;
  core::epoll::Completions completions_;
  core::epoll::Completions reaped_;
  core::epoll::ProvidedBuffers buffers_;
  uint32_t finish_flags_ = 0;  // Of the attempt that goes on.
};

}  // namespace millrace::sim
