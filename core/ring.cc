#include "core/ring.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/assert.h"
#include "core/recv_buffers.h"
#include "core/unique_fd.h"

namespace millrace::core {
namespace {

constexpr unsigned kSubmissionEntries = 1024;
// 16 x the submissions: multishot operations complete many times for one SQE.
constexpr unsigned kCompletionEntries = 16384;

char io_uring_disabled_setting() {
  const UniqueFd file(::open("/proc/sys/kernel/io_uring_disabled", O_RDONLY | O_CLOEXEC));
  char value = '0';
  if (!file || ::read(file.get(), &value, 1) != 1) return '0';
  return value;
}

}  // namespace

Result<Ring> Ring::create() {
  Ring ring;
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                 IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG | IORING_SETUP_SUBMIT_ALL |
                 IORING_SETUP_CQSIZE;
  params.cq_entries = kCompletionEntries;
  const int failed = io_uring_queue_init_params(kSubmissionEntries, &ring.ring_, &params);
  if (failed < 0) return os_failure(-failed, "io_uring_setup");
  ring.open_ = true;
  io_uring_register_ring_fd(&ring.ring_);  // Saves a lookup per enter; working without is fine.
  return ring;
}

Ring::Ring(Ring&& other) noexcept
    : ring_(other.ring_), open_(std::exchange(other.open_, false)), counters_(other.counters_) {}

Ring::~Ring() {
  if (open_) io_uring_queue_exit(&ring_);
}

io_uring_sqe* Ring::next_sqe() noexcept {
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

void Ring::cancel(Op* op) noexcept {
  io_uring_sqe* sqe = next_sqe();
  io_uring_prep_cancel(sqe, op, 0);
  address(sqe, nullptr);
}

bool Ring::has_work() const noexcept {
  return io_uring_sq_ready(&ring_) != 0 || io_uring_cq_ready(&ring_) != 0 ||
         (IO_URING_READ_ONCE(*ring_.sq.kflags) & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)) != 0;
}

void Ring::wait(std::optional<std::chrono::nanoseconds> timeout) noexcept {
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

unsigned Ring::reap() noexcept {
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

Result<> probe_ring() {
  Result<Ring> ring = Ring::create();
  if (!ring) return std::unexpected(ring.error());
  Result<RecvBuffers> buffers = RecvBuffers::create(*ring, {.count = 8, .buffer_size = 256});
  if (!buffers) return std::unexpected(buffers.error());

  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
    return os_failure(errno, "socketpair");
  }
  const UniqueFd near(pair[0]);
  UniqueFd far(pair[1]);
  struct Probe final : Op {
    Probe()
        : Op([](Op* op, int32_t received, uint32_t flags) noexcept {
            auto* probe = static_cast<Probe*>(op);
            if (probe->first == 0) probe->first = received;
            probe->more = (flags & IORING_CQE_F_MORE) != 0;
          }) {}
    int first = 0;
    bool more = true;
  } probe;
  io_uring_sqe* sqe = ring->next_sqe();
  io_uring_prep_recv_multishot(sqe, near.get(), nullptr, 0, 0);
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = RecvBuffers::kGroup;
  Ring::address(sqe, &probe);
  if (::send(far.get(), "x", 1, MSG_NOSIGNAL) != 1) return os_failure(errno, "send");
  far.reset();
  for (int turns = 0; probe.more && turns < 100; ++turns) {
    ring->wait(std::chrono::milliseconds{10});
    ring->reap();
  }
  if (probe.first != 1)
    return os_failure(probe.first < 0 ? -probe.first : EINVAL, "multishot recv");
  return {};
}

std::string explain_ring_failure(const Error& error) {
  if (error.os_errno == ENOSYS) {
    return "io_uring: this kernel has none; millrace needs Linux 6.1 or newer";
  }
  if (error.os_errno == EINVAL) {
    return fmt::format(
        "io_uring: this kernel lacks what millrace needs ({}); Linux 6.1 or newer "
        "has it",
        error.what);
  }
  if (error.os_errno == ENOMEM) {
    return "io_uring: the memory-lock limit is too low; raise RLIMIT_MEMLOCK (LimitMEMLOCK= in "
           "systemd, --ulimit memlock=-1 in a container)";
  }
  const char setting = io_uring_disabled_setting();
  if (error.os_errno == EPERM && setting != '0') {
    return fmt::format(
        "io_uring is forbidden by the sysctl kernel.io_uring_disabled={}; allow it "
        "with: sysctl -w kernel.io_uring_disabled=0",
        setting);
  }
  if (error.os_errno == EPERM || error.os_errno == EACCES) {
    return "io_uring is forbidden by a seccomp filter, as the default profiles of container "
           "engines do; start the container with "
           "--security-opt seccomp=tools/seccomp/io_uring.json";
  }
  return fmt::format("io_uring: {}: {}", error.what, std::strerror(error.os_errno));
}

}  // namespace millrace::core
