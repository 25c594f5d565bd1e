// What is counted of TLS.
#pragma once

#include <cstdint>

#include "core/metrics.h"

namespace millrace::http::tls {

enum class HandshakeFailure : uint8_t {
  kTimeout,   ///< Took longer than it may.
  kClosed,    ///< The client went away, or said that it does not trust the certificate.
  kPlain,     ///< Plain HTTP came.
  kVersion,   ///< The client speaks nothing newer than what is allowed.
  kNoCipher,  ///< No cipher, group or signature in common.
  kProtocol,  ///< Bytes that are no handshake, or a protocol by ALPN that is not spoken here.
  kRefused,   ///< Too many handshakes were waiting already.
};

/// Handles, one set for all cores.
class TlsMetrics {
 public:
  explicit TlsMetrics(core::Metrics& registry);

  core::Counter full_handshakes;
  core::Counter resumed_handshakes;
  core::Counter tls12_connections;
  core::Counter key_updates;
  core::Counter slab_waits;  ///< Sends that waited because the core's buffers were used up.
  core::Gauge waiting;       ///< For their turn to shake hands.
  core::Histogram handshake_time;

  void count_failure(HandshakeFailure failure) const noexcept;

 private:
  core::Counter timeouts_;
  core::Counter closed_;
  core::Counter plain_;
  core::Counter versions_;
  core::Counter ciphers_;
  core::Counter protocol_;
  core::Counter refused_;
};

}  // namespace millrace::http::tls
