// The certificates and terms under which a core shakes hands.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/clock.h"
#include "core/snapshot.h"
#include "http/tls/certificate.h"
#include "http/tls/openssl.h"

namespace millrace::http::tls {

enum class Version : uint8_t { kTls12, kTls13 };

struct TlsTerms {
  Version version_min = Version::kTls12;
  /// Protocols by ALPN, the preferred first: "h2", "http/1.1".
  std::vector<std::string> protocols = {"http/1.1"};
  /// How long a session may be resumed.
  std::chrono::seconds session_lifetime = std::chrono::hours(12);
};

/// Never changes: other certificates are another context, and connections keep the one they began
/// with. Each core has one of its own, since OpenSSL counts references to what is inside.
class TlsContext {
 public:
  /// The first certificate is for clients that name no server, or one that nobody here is. Ones for
  /// the same names with keys of different kinds are offered together, and the client chooses. The
  /// error is for the operator.
  static std::expected<core::Snapshot<TlsContext>, std::string> create(
      std::span<const CertificateText> certificates, const TlsTerms& terms, core::UnixTime now);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// A server's side of a connection, with TlsSession to be set as its application data.
  Ssl new_ssl() const;
  /// Which of the certificates answers to `server_name`: exact names before wildcards. The first
  /// when none does.
  const X509* certificate_for(std::string_view server_name) const;
  /// The earliest end of a certificate.
  core::UnixTime not_after() const noexcept { return not_after_; }

 private:
  explicit TlsContext(const TlsTerms& terms);

  std::expected<void, std::string> add(const CertificateText& text, core::UnixTime now);
  SSL_CTX* context_named(std::string_view server_name) const;
  SslContext make_context() const;
  static int choose_certificate(SSL* ssl, int* alert, void* self);
  static int choose_protocol(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_size,
                             const unsigned char* offered, unsigned offered_size, void* self);

  TlsTerms terms_;
  std::vector<SslContext> contexts_;
  std::unordered_map<std::string, SSL_CTX*> by_name_;  // Wildcards as `*.example.org`.
  core::UnixTime not_after_ = core::UnixTime::max();
};

}  // namespace millrace::http::tls
