// Certificates made for a test, and files that hold them.
#pragma once

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <initializer_list>
#include <string>

#include "http/tls/certificate.h"

namespace millrace::http::tls::test {

enum class KeyKind : uint8_t { kP256, kEd25519, kRsa2048, kRsa1024 };

struct CertificateWish {
  std::string names = "DNS:example.org";  ///< As OpenSSL writes subjectAltName.
  KeyKind key = KeyKind::kP256;
  long valid_from_s = -86'400;
  long valid_until_s = 86'400 * 90;
};

inline PrivateKey make_key(KeyKind kind) {
  switch (kind) {
    case KeyKind::kP256:
      return PrivateKey(EVP_EC_gen("P-256"));
    case KeyKind::kEd25519:
      return PrivateKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case KeyKind::kRsa2048:
      return PrivateKey(EVP_RSA_gen(2048));
    case KeyKind::kRsa1024:
      return PrivateKey(EVP_RSA_gen(1024));
  }
  return nullptr;
}

inline std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

inline std::string pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio.get());
}

/// Signed by itself, with its first name also as its common name.
inline CertificateText make_certificate(const CertificateWish& wish = {}) {
  const PrivateKey key = make_key(wish.key);
  const X509Certificate made(X509_new());
  X509* x = made.get();
  X509_set_version(x, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
  X509_gmtime_adj(X509_getm_notBefore(x), wish.valid_from_s);
  X509_gmtime_adj(X509_getm_notAfter(x), wish.valid_until_s);
  X509_set_pubkey(x, key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("Common.example"), -1, -1, 0);
  X509_set_issuer_name(x, X509_get_subject_name(x));
  if (!wish.names.empty()) {
    X509_EXTENSION* names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, wish.names.c_str());
    X509_add_ext(x, names, -1);
    X509_EXTENSION_free(names);
  }
  // Ed25519 hashes by itself.
  X509_sign(x, key.get(), wish.key == KeyKind::kEd25519 ? nullptr : EVP_sha256());
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), x);
  return {.certificate_file = "a.pem",
          .key_file = "a.key",
          .certificate = text_of(bio.get()),
          .key = pem_of(key.get())};
}

}  // namespace millrace::http::tls::test
