#include "core/ring.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/epoll/epoll_ring.h"
#include "core/recv_buffers.h"
#include "core/unique_fd.h"
#include "core/uring_ring.h"

namespace millrace::core {
namespace {

char io_uring_disabled_setting() {
  const UniqueFd file(::open("/proc/sys/kernel/io_uring_disabled", O_RDONLY | O_CLOEXEC));
  char value = '0';
  if (!file || ::read(file.get(), &value, 1) != 1) return '0';
  return value;
}

}  // namespace

Result<std::unique_ptr<Ring>> Ring::create(Reactor reactor) {
  if (reactor != Reactor::kEpoll) {
    Result<std::unique_ptr<Ring>> ring = UringRing::create();
    if (ring || reactor == Reactor::kUring) return ring;
  }
  return epoll::EpollRing::create();
}

Result<> probe_ring() {
  Result<std::unique_ptr<Ring>> created = UringRing::create();
  if (!created) return std::unexpected(created.error());
  Ring& ring = **created;
  Result<RecvBuffers> buffers = RecvBuffers::create(ring, {.count = 8, .buffer_size = 256});
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
  io_uring_sqe* sqe = ring.next_sqe();
  io_uring_prep_recv_multishot(sqe, near.get(), nullptr, 0, 0);
  sqe->flags |= IOSQE_BUFFER_SELECT;
  sqe->buf_group = RecvBuffers::kGroup;
  Ring::address(sqe, &probe);
  if (::send(far.get(), "x", 1, MSG_NOSIGNAL) != 1) return os_failure(errno, "send");
  far.reset();
  for (int turns = 0; probe.more && turns < 100; ++turns) {
    ring.wait(std::chrono::milliseconds{10});
    ring.reap();
  }
  if (probe.first != 1)
    return os_failure(probe.first < 0 ? -probe.first : EINVAL, "multishot recv");
  return {};
}

Result<ReactorChoice> choose_reactor(Reactor wanted) {
  if (wanted == Reactor::kEpoll) return ReactorChoice{.reactor = wanted, .ring_failure = {}};
  const Result<> probed = probe_ring();
  if (probed) return ReactorChoice{.reactor = Reactor::kUring, .ring_failure = {}};
  if (wanted == Reactor::kUring) return std::unexpected(probed.error());
  return ReactorChoice{.reactor = Reactor::kEpoll, .ring_failure = probed.error()};
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
