// A certificate, its chain and its key.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "http/tls/openssl.h"

namespace millrace::http::tls {

/// PEM, and what to call it in a message.
struct CertificateText {
  std::string certificate_file;
  std::string key_file;
  std::string certificate;  ///< The server's own first, then the chain up to the root or below it.
  std::string key;
};

struct Certificate {
  X509Certificate own;
  std::vector<X509Certificate> chain;
  PrivateKey key;
  /// What it is valid for: lower case, `*.` in front of a wildcard. From subjectAltName; from the
  /// common name when there is none.
  std::vector<std::string> names;
  core::UnixTime not_after;
};

/// The error is for the operator: the file, what is wrong, what helps. Blocks on the disk.
std::expected<CertificateText, std::string> read_certificate(const std::string& certificate_file,
                                                             const std::string& key_file);

/// Refuses what clients would refuse: a key of another certificate, RSA below 2048 bits, elliptic
/// curves below 256, a certificate that is not valid at `now`.
std::expected<Certificate, std::string> parse_certificate(const CertificateText& text,
                                                          core::UnixTime now);

}  // namespace millrace::http::tls
