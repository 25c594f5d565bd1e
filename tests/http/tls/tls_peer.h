// The client's end of a TLS connection, in memory: what it wants to send and what came for it are
// carried by the test.
#pragma once

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "http/tls/openssl.h"

namespace millrace::http::tls::test {

using Session = std::shared_ptr<SSL_SESSION>;

struct PeerTerms {
  int version_min = TLS1_2_VERSION;
  int version_max = TLS1_3_VERSION;
  std::string suites;  ///< Of TLS 1.3; empty: all.
  std::string ciphers = "DEFAULT@SECLEVEL=0";
  std::string server_name = "example.org";
  std::string protocols;  ///< ALPN: sizes and names.
  Session session;        ///< To resume.
};

class TlsPeer {
 public:
  explicit TlsPeer(const PeerTerms& terms = {}) : context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX* c = context_.get();
    SSL_CTX_set_min_proto_version(c, terms.version_min);
    SSL_CTX_set_max_proto_version(c, terms.version_max);
    SSL_CTX_set_cipher_list(c, terms.ciphers.c_str());
    if (!terms.suites.empty()) SSL_CTX_set_ciphersuites(c, terms.suites.c_str());
    SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
    SSL_CTX_sess_set_new_cb(c, [](SSL* ssl, SSL_SESSION* session) {
      static_cast<TlsPeer*>(SSL_get_app_data(ssl))->session_ = Session(session, &SSL_SESSION_free);
      return 1;
    });
    ssl_.reset(SSL_new(c));
    SSL_set_app_data(ssl_.get(), this);
    in_ = BIO_new(BIO_s_mem());
    out_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_connect_state(ssl_.get());
    if (!terms.server_name.empty()) {
      SSL_set_tlsext_host_name(ssl_.get(), terms.server_name.c_str());
    }
    if (!terms.protocols.empty()) {
      SSL_set_alpn_protos(ssl_.get(),
                          reinterpret_cast<const unsigned char*>(terms.protocols.data()),
                          static_cast<unsigned>(terms.protocols.size()));
    }
    if (terms.session) {  // A copy: OpenSSL lets go of one that was used.
      const Session copy(SSL_SESSION_dup(terms.session.get()), &SSL_SESSION_free);
      SSL_set_session(ssl_.get(), copy.get());
    }
  }

  // Without it OpenSSL takes the session for a bad one.
  ~TlsPeer() { SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  /// One step; true once it is done.
  bool handshake() {
    ERR_clear_error();  // SSL_get_error looks at the thread's queue, which others share.
    return SSL_do_handshake(ssl_.get()) == 1;
  }
  void receive(std::string_view bytes) {
    BIO_write(in_, bytes.data(), static_cast<int>(bytes.size()));
  }
  std::string take_to_send() {
    char* data = nullptr;
    const long size = BIO_get_mem_data(out_, &data);
    std::string taken(data, static_cast<size_t>(size));
    static_cast<void>(BIO_reset(out_));
    return taken;
  }
  void write(std::string_view text) {
    EXPECT_EQ(SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())),
              static_cast<int>(text.size()));
  }
  /// All that can be opened now.
  std::string read() {
    std::string text;
    char bytes[16 * 1024];
    for (;;) {
      ERR_clear_error();
      const int size = SSL_read(ssl_.get(), bytes, sizeof bytes);
      if (size <= 0) {
        error_ = SSL_get_error(ssl_.get(), size);
        return text;
      }
      text.append(bytes, static_cast<size_t>(size));
    }
  }
  /// Of the last `read`: SSL_ERROR_WANT_READ, or how the connection ended.
  int error() const { return error_; }
  SSL* ssl() const { return ssl_.get(); }
  Session session() const { return session_; }
  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  X509Certificate certificate() const { return X509Certificate(SSL_get1_peer_certificate(ssl())); }

 private:
  SslContext context_;
  Session session_;
  Ssl ssl_;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
  int error_ = SSL_ERROR_NONE;
};

}  // namespace millrace::http::tls::test
