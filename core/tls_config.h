// What an operator may set of TLS.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/listen_address.h"

namespace millrace::core {

struct CertificateConfig {
  std::string certificate;  ///< PEM file: the server's own, then its chain.
  std::string key;          ///< PEM file.
  friend bool operator==(const CertificateConfig&, const CertificateConfig&) = default;
};

enum class TlsVersion : uint8_t { kTls12, kTls13 };

struct TlsConfig {
  std::vector<ListenAddress> listen;               ///< Empty: no TLS.
  std::vector<CertificateConfig> certificate;
  TlsVersion min_version = TlsVersion::kTls12;
  std::chrono::milliseconds ticket_rotation = std::chrono::hours(12);
  std::chrono::milliseconds handshake_timeout = std::chrono::seconds(10);
  uint32_t handshakes_waiting_max = 1024;
  bool kernel = false;  ///< Whether the kernel seals what is sent, where it can.
};

}  // namespace millrace::core
