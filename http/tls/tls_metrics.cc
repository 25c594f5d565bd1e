#include "http/tls/tls_metrics.h"

namespace millrace::http::tls {
namespace {

core::Counter handshakes(core::Metrics& registry, std::string_view kind) {
  return registry.counter({.name = "millrace_tls_handshakes_total",
                           .help = "Handshakes that succeeded, full or by a session ticket.",
                           .labels = {{"kind", kind}}});
}

core::Counter failures(core::Metrics& registry, std::string_view reason) {
  return registry.counter({.name = "millrace_tls_handshake_failures_total",
                           .help = "Handshakes that failed, by reason.",
                           .labels = {{"reason", reason}}});
}

}  // namespace

TlsMetrics::TlsMetrics(core::Metrics& registry)
    : full_handshakes(handshakes(registry, "full")),
      resumed_handshakes(handshakes(registry, "resumed")),
      tls12_connections(registry.counter(
          {.name = "millrace_tls_old_connections_total",
           .help = "Connections that agreed on TLS 1.2, which costs more to send."})),
      key_updates(registry.counter(
          {.name = "millrace_tls_key_updates_total", .help = "Sending keys replaced."})),
      slab_waits(registry.counter(
          {.name = "millrace_tls_slab_waits_total",
           .help = "Sends that waited because the buffers of their core were used up."})),
      waiting(registry.gauge({.name = "millrace_tls_handshakes_waiting",
                              .help = "Handshakes that wait for their turn."})),
      handshake_time(
          registry.histogram({.name = "millrace_tls_handshake_seconds",
                              .help = "From the first byte to the end of the handshake."},
                             core::HistogramUnit::kMicroseconds)),
      timeouts_(failures(registry, "timeout")),
      closed_(failures(registry, "closed")),
      plain_(failures(registry, "plain_http")),
      versions_(failures(registry, "version")),
      ciphers_(failures(registry, "no_cipher")),
      protocol_(failures(registry, "protocol")),
      refused_(failures(registry, "refused")) {}

void TlsMetrics::count_failure(HandshakeFailure failure) const noexcept {
  switch (failure) {
    case HandshakeFailure::kTimeout:
      return timeouts_.add();
    case HandshakeFailure::kClosed:
      return closed_.add();
    case HandshakeFailure::kPlain:
      return plain_.add();
    case HandshakeFailure::kVersion:
      return versions_.add();
    case HandshakeFailure::kNoCipher:
      return ciphers_.add();
    case HandshakeFailure::kProtocol:
      return protocol_.add();
    case HandshakeFailure::kRefused:
      return refused_.add();
  }
}

}  // namespace millrace::http::tls
