// What one core needs to speak TLS.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <span>

#include "core/core.h"
#include "core/snapshot.h"
#include "http/tls/handshake_queue.h"
#include "http/tls/ticket_keys.h"
#include "http/tls/tls_context.h"
#include "http/tls/tls_metrics.h"
#include "http/tls/tls_session.h"

namespace millrace::http::tls {

/// Who seals what is sent over TLS 1.3.
enum class Sealing : uint8_t { kHere, kInKernel };

/// Shared by the connections of a core, and outlives them.
class TlsEndpoint {
 public:
  struct Options {
    std::chrono::nanoseconds ticket_rotation = std::chrono::hours(12);
    std::chrono::nanoseconds handshake_timeout = std::chrono::seconds(10);
    size_t handshakes_waiting_max = 1024;
    Sealing sealing = Sealing::kHere;
  };

  /// `metrics` outlives this.
  TlsEndpoint(core::Core& core, core::Snapshot<TlsContext> context, const TicketSeed& seed,
              const Options& options, const TlsMetrics& metrics)
      : context_(std::move(context)),
        tickets_(seed, options.ticket_rotation, core.clock()),
        handshakes_(core, options.handshakes_waiting_max, metrics),
        handshake_timeout_(options.handshake_timeout),
        sealing_(options.sealing),
        metrics_(metrics) {}

  const core::Snapshot<TlsContext>& context() const noexcept { return context_; }
  /// From the next connection on.
  void use(core::Snapshot<TlsContext> context) noexcept { context_ = std::move(context); }
  TicketKeys& tickets() noexcept { return tickets_; }
  HandshakeQueue& handshakes() noexcept { return handshakes_; }
  std::chrono::nanoseconds handshake_timeout() const noexcept { return handshake_timeout_; }
  /// What is wished for; the kernel may be unable.
  Sealing sealing() const noexcept { return sealing_; }
  const TlsMetrics& metrics() const noexcept { return metrics_; }
  /// Where a record is opened, until the next call of anything.
  std::span<std::byte> scratch() noexcept { return scratch_; }

 private:
  core::Snapshot<TlsContext> context_;
  TicketKeys tickets_;
  HandshakeQueue handshakes_;
  std::chrono::nanoseconds handshake_timeout_;
  Sealing sealing_;
  const TlsMetrics& metrics_;
  std::array<std::byte, TlsSession::kRoomSize> scratch_;
};

}  // namespace millrace::http::tls
