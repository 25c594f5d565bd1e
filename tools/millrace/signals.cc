#include "tools/millrace/signals.h"

#include <pthread.h>

namespace millrace {
namespace {

Order order_of(int signal) noexcept {
  switch (signal) {
    case SIGHUP: return Order::kReload;
    case SIGUSR1: return Order::kReopenLogs;
    case SIGUSR2: return Order::kHandOver;
    default: return Order::kEnd;
  }
}

}  // namespace

Signals::Signals() noexcept {
  sigemptyset(&set_);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) sigaddset(&set_, signal);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Order Signals::wait() const noexcept {
  int signal = 0;
  while (sigwait(&set_, &signal) != 0) continue;
  return order_of(signal);
}

std::optional<Order> Signals::wait_for(std::chrono::microseconds time) const noexcept {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const timespec limit{.tv_sec = seconds.count(),
                       .tv_nsec = std::chrono::nanoseconds(time - seconds).count()};
  const int signal = sigtimedwait(&set_, nullptr, &limit);
  if (signal < 0) return std::nullopt;
  return order_of(signal);
}

}  // namespace millrace
