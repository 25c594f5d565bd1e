#include "http/tls/handshake_queue.h"

namespace millrace::http::tls {

using core::ErrorCode;
using core::Result;
using core::Task;

HandshakeQueue::HandshakeQueue(core::Core& core, size_t waiting_max,
                               const TlsMetrics& metrics) noexcept
    : Runnable([](Runnable* self) noexcept { static_cast<HandshakeQueue*>(self)->begin_turn(); }),
      core_(core),
      waiting_max_(waiting_max),
      metrics_(metrics) {}

Task<Result<>> HandshakeQueue::enter(core::Cancellation& cancellation) {
  core_.schedule(*this);  // What is spent of this turn comes back with the next.
  if (waiting_count_ == 0 && left_in_turn_ > 0) {
    --left_in_turn_;
    co_return Result<>();
  }
  if (waiting_count_ >= waiting_max_) {
    co_return core::fail(ErrorCode::kOverloaded, "too many handshakes");
  }
  Waiter waiter;
  waiting_.push_back(waiter);
  ++waiting_count_;
  metrics_.waiting.add(1);
  const Result<> admitted = co_await waiter.turn.wait(&cancellation);
  --waiting_count_;
  metrics_.waiting.add(-1);
  co_return admitted;
}

void HandshakeQueue::begin_turn() noexcept {
  left_in_turn_ = kPerTurn;
  while (left_in_turn_ > 0) {
    Waiter* waiter = waiting_.pop_front();
    if (waiter == nullptr) return;
    --left_in_turn_;
    waiter->turn.set();
  }
  core_.schedule(*this);
}

}  // namespace millrace::http::tls
