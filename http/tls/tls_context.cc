#include "http/tls/tls_context.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/assert.h"
#include "http/tls/tls_session.h"

namespace millrace::http::tls {
namespace {

using Refused = std::unexpected<std::string>;

// AES-128 before ChaCha20 before AES-256: the first is the fastest here, and a client without AES
// in hardware gets ChaCha20 (SSL_OP_PRIORITIZE_CHACHA).
constexpr const char* kTls13Suites =
    "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384";
constexpr const char* kTls12Ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
constexpr const char* kGroups = "X25519:P-256:P-384";
constexpr unsigned char kSessionContext[] = "millrace";

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return lower;
}

}  // namespace

TlsContext::TlsContext(const TlsTerms& terms) : terms_(terms) {}

std::expected<core::Snapshot<TlsContext>, std::string> TlsContext::create(
    std::span<const CertificateText> certificates, const TlsTerms& terms, core::UnixTime now) {
  if (certificates.empty()) return Refused("TLS needs a certificate");
  std::shared_ptr<TlsContext> context(new TlsContext(terms));
  for (const CertificateText& text : certificates) {
    if (auto added = context->add(text, now); !added) return Refused(added.error());
  }
  return context;
}

SslContext TlsContext::make_context() const {
  SslContext context(SSL_CTX_new(TLS_server_method()));
  MR_ASSERT(context != nullptr);
  SSL_CTX* c = context.get();
  const bool is_set =
      SSL_CTX_set_min_proto_version(
          c, terms_.version_min == Version::kTls13 ? TLS1_3_VERSION : TLS1_2_VERSION) &&
      SSL_CTX_set_ciphersuites(c, kTls13Suites) && SSL_CTX_set_cipher_list(c, kTls12Ciphers) &&
      SSL_CTX_set1_groups_list(c, kGroups) &&
      SSL_CTX_set_session_id_context(c, kSessionContext, sizeof kSessionContext - 1);
  MR_ASSERT(is_set);
  SSL_CTX_set_options(c, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                             SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                          SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);  // Tickets only: the client remembers.
  SSL_CTX_set_timeout(c, terms_.session_lifetime.count());
  SSL_CTX_set_max_early_data(c, 0);
  auto* self = const_cast<TlsContext*>(this);
  SSL_CTX_set_tlsext_servername_callback(c, &TlsContext::choose_certificate);
  SSL_CTX_set_tlsext_servername_arg(c, self);
  SSL_CTX_set_alpn_select_cb(c, &TlsContext::choose_protocol, self);
  TlsSession::attach_callbacks(c);
  return context;
}

std::expected<void, std::string> TlsContext::add(const CertificateText& text, core::UnixTime now) {
  auto certificate = parse_certificate(text, now);
  if (!certificate) return Refused(certificate.error());
  not_after_ = std::min(not_after_, certificate->not_after);
  // The same names with another kind of key: one context may offer both.
  SSL_CTX* context = nullptr;
  const auto same =
      certificate->names.empty() ? by_name_.end() : by_name_.find(certificate->names.front());
  if (same != by_name_.end()) {
    const EVP_PKEY* other = SSL_CTX_get0_privatekey(same->second);
    const bool is_same_kind =
        EVP_PKEY_get_base_id(other) == EVP_PKEY_get_base_id(certificate->key.get());
    const bool covers_all = std::ranges::all_of(certificate->names, [&](const std::string& name) {
      const auto at = by_name_.find(name);
      return at != by_name_.end() && at->second == same->second;
    });
    if (!is_same_kind && covers_all) context = same->second;
  }
  if (context == nullptr) {
    contexts_.push_back(make_context());
    context = contexts_.back().get();
  }
  struct FreeStack {
    void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); }
  };
  const std::unique_ptr<STACK_OF(X509), FreeStack> chain(sk_X509_new_null());
  for (const X509Certificate& one : certificate->chain) sk_X509_push(chain.get(), one.get());
  if (SSL_CTX_use_cert_and_key(context, certificate->own.get(), certificate->key.get(), chain.get(),
                               /*override=*/1) != 1) {
    return Refused(
        fmt::format("{}: OpenSSL does not take it ({}); keys of 2048 bits and hashes "
                    "from SHA-256 on are needed",
                    text.certificate_file, last_openssl_reason()));
  }
  // An earlier certificate keeps a name that a later one has as well.
  for (const std::string& name : certificate->names) by_name_.try_emplace(name, context);
  return {};
}

SSL_CTX* TlsContext::context_named(std::string_view server_name) const {
  constexpr size_t kNameSizeMax = 255;
  if (server_name.empty() || server_name.size() > kNameSizeMax) return contexts_.front().get();
  std::string name = lower_case(server_name);
  if (name.ends_with('.')) name.pop_back();
  if (const auto exact = by_name_.find(name); exact != by_name_.end()) return exact->second;
  const size_t dot = name.find('.');  // A wildcard stands for one label (RFC 6125, 6.4.3).
  if (dot != std::string::npos && dot > 0) {
    name.replace(0, dot, "*");
    if (const auto wild = by_name_.find(name); wild != by_name_.end()) return wild->second;
  }
  return contexts_.front().get();
}

const X509* TlsContext::certificate_for(std::string_view server_name) const {
  return SSL_CTX_get0_certificate(context_named(server_name));
}

Ssl TlsContext::new_ssl() const {
  Ssl ssl(SSL_new(contexts_.front().get()));
  if (ssl != nullptr) SSL_set_accept_state(ssl.get());
  return ssl;
}

int TlsContext::choose_certificate(SSL* ssl, int*, void* self) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_SSL_CTX(ssl, static_cast<TlsContext*>(self)->context_named(name));
  return SSL_TLSEXT_ERR_OK;
}

int TlsContext::choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                                const unsigned char* offered, unsigned offered_size, void* self) {
  const std::string_view list(reinterpret_cast<const char*>(offered), offered_size);
  for (const std::string& ours : static_cast<TlsContext*>(self)->terms_.protocols) {
    for (size_t at = 0; at < list.size();) {
      const auto size = static_cast<unsigned char>(list[at]);
      if (list.substr(at + 1, size) == ours) {
        *chosen = offered + at + 1;
        *chosen_size = size;
        return SSL_TLSEXT_ERR_OK;
      }
      at += 1 + size_t{size};
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;  // no_application_protocol (RFC 7301, 3.2)
}

}  // namespace millrace::http::tls
