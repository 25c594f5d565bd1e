#include "core/uring_ring.h"

#include <cerrno>

#include "core/assert.h"

namespace millrace::core {
namespace {

constexpr unsigned kSubmissionEntries = 1024;
// 16 x the submissions: multishot operations complete many times for one SQE.
constexpr unsigned kCompletionEntries = 16384;

}  // namespace

Result<std::unique_ptr<Ring>> UringRing::create() {
  std::unique_ptr<UringRing> ring(new UringRing);
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                 IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL |
                 IORING_SETUP_CQSIZE;
  params.cq_entries = kCompletionEntries;
  const int failed = io_uring_queue_init_params(kSubmissionEntries, &ring->ring_, &params);
  if (failed < 0) return os_failure(-failed, "io_uring_setup");
  ring->open_ = true;
  io_uring_register_ring_fd(&ring->ring_);  // Saves a lookup per enter; working without is fine.
  ring->message_fd_ = ring->ring_.ring_fd;
  return ring;
}

UringRing::~UringRing() {
  if (open_) io_uring_queue_exit(&ring_);
}

io_uring_sqe* UringRing::next_sqe() noexcept {
  io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
  while (sqe == nullptr) {
    ++counters_.enters;
    const int submitted = io_uring_submit(&ring_);
    MR_ASSERT(submitted >= 0 || submitted == -EBUSY || submitted == -EAGAIN || submitted == -EINTR);
    if (submitted > 0) counters_.submissions += static_cast<unsigned>(submitted);
    sqe = io_uring_get_sqe(&ring_);
  }
  return sqe;
}

void UringRing::cancel(Op* op) noexcept {
  io_uring_sqe* sqe = next_sqe();
  io_uring_prep_cancel(sqe, op, 0);
  address(sqe, nullptr);
}

bool UringRing::has_work() const noexcept {
  return io_uring_sq_ready(&ring_) != 0 || io_uring_cq_ready(&ring_) != 0 ||
         (IO_URING_READ_ONCE(*ring_.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

void UringRing::wait(std::optional<std::chrono::nanoseconds> timeout) noexcept {
  const bool waits = io_uring_cq_ready(&ring_) == 0 && timeout != std::chrono::nanoseconds::zero();
  if (waits || has_work()) {
    int submitted = 0;
    ++counters_.enters;
    if (!waits) {
      submitted = io_uring_submit_and_get_events(&ring_);
    } else if (timeout) {
      __kernel_timespec limit{.tv_sec = timeout->count() / 1'000'000'000,
                              .tv_nsec = timeout->count() % 1'000'000'000};
      io_uring_cqe* cqe = nullptr;
      submitted = io_uring_submit_and_wait_timeout(&ring_, &cqe, 1, &limit, nullptr);
    } else {
      submitted = io_uring_submit_and_wait(&ring_, 1);
    }
    MR_ASSERT(submitted >= 0 || submitted == -ETIME || submitted == -EINTR || submitted == -EBUSY ||
              submitted == -EAGAIN);
    if (submitted > 0) counters_.submissions += static_cast<unsigned>(submitted);
  }
}

unsigned UringRing::reap() noexcept {
  // One batch: completing an operation may start others, whose completions wait for the next turn.
  const unsigned ready = io_uring_cq_ready(&ring_);
  for (unsigned i = 0; i < ready; ++i) {
    io_uring_cqe* cqe = nullptr;
    if (io_uring_peek_cqe(&ring_, &cqe) != 0) return i;
    Op* op = static_cast<Op*>(io_uring_cqe_get_data(cqe));
    const int32_t result = cqe->res;
    const uint32_t flags = cqe->flags;
    io_uring_cqe_seen(&ring_, cqe);
    ++counters_.completions;
    if (op != nullptr) op->complete(result, flags);
  }
  return ready;
}

Result<> UringRing::register_buffers(io_uring_buf_reg& buffers) noexcept {
  const int failed = io_uring_register_buf_ring(&ring_, &buffers, 0);
  if (failed != 0) return os_failure(-failed, "io_uring_register_buf_ring");
  return {};
}

void UringRing::unregister_buffers(uint16_t group) noexcept {
  io_uring_unregister_buf_ring(&ring_, group);
}

}  // namespace millrace::core
