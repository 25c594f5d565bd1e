// Handshakes in turn, so that many newcomers do not stop those who are watching.
#pragma once

#include <cstddef>

#include "core/cancellation.h"
#include "core/core.h"
#include "core/event.h"
#include "core/intrusive_list.h"
#include "core/result.h"
#include "core/run_queue.h"
#include "core/task.h"
#include "http/tls/tls_metrics.h"

namespace millrace::http::tls {

/// A full handshake is half a millisecond of a core, nearly all of it at the answer to the first
/// message. One core; outlives those who wait.
class HandshakeQueue final : public core::Runnable {
 public:
  /// 4: two milliseconds of a turn, during which no viewer is served.
  static constexpr size_t kPerTurn = 4;

  HandshakeQueue(core::Core& core, size_t waiting_max, const TlsMetrics& metrics) noexcept;
  HandshakeQueue(const HandshakeQueue&) = delete;
  HandshakeQueue& operator=(const HandshakeQueue&) = delete;
  ~HandshakeQueue() { unlink(); }

  /// Returns when the caller may compute, in the order of the calls. Errors: kOverloaded (the queue
  /// is full), the cancellation's reason.
  core::Task<core::Result<>> enter(core::Cancellation& cancellation);

 private:
  struct Waiter : core::ListNode {
    core::Event turn;
  };

  void begin_turn() noexcept;

  core::Core& core_;
  size_t waiting_max_;
  const TlsMetrics& metrics_;
  size_t left_in_turn_ = kPerTurn;
  size_t waiting_count_ = 0;
  core::IntrusiveList<Waiter> waiting_;
};

}  // namespace millrace::http::tls
