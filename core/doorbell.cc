#include "core/doorbell.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

namespace millrace::core {

Result<Doorbell> Doorbell::create() {
  UniqueFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!fd) return os_failure(errno, "eventfd");
  return Doorbell(std::move(fd));
}

void Doorbell::ring() const noexcept {
  const uint64_t one = 1;
  // EAGAIN: the counter is full, so whoever waits has been told.
  [[maybe_unused]] const ssize_t written = ::write(fd_.get(), &one, sizeof one);
}

bool Doorbell::clear() const noexcept {
  uint64_t count = 0;
  return ::read(fd_.get(), &count, sizeof count) == sizeof count;
}

bool Doorbell::wait(std::chrono::milliseconds timeout) const noexcept {
  pollfd poll_fd{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  // EINTR counts as a time-out: the caller looks again either way.
  ::poll(&poll_fd, 1, static_cast<int>(timeout.count()));
  return clear();
}

}  // namespace millrace::core
