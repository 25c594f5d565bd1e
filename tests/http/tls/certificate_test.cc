#include "http/tls/certificate.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/http/tls/certificates.h"

namespace millrace::http::tls {
namespace {

using test::CertificateWish;
using test::KeyKind;
using test::make_certificate;

std::string refusal_of(const CertificateText& text) {
  const auto parsed = parse_certificate(text, std::chrono::system_clock::now());
  return parsed ? "accepted" : parsed.error();
}

TEST(Certificate, NamesWhatItIsFor) {
  const auto parsed =
      parse_certificate(make_certificate({.names = "DNS:Example.org,DNS:*.example.org,IP:1.2.3.4"}),
                        std::chrono::system_clock::now());
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->names, (std::vector<std::string>{"example.org", "*.example.org"}));
}

TEST(Certificate, FallsBackToItsCommonName) {
  const auto parsed =
      parse_certificate(make_certificate({.names = ""}), std::chrono::system_clock::now());
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->names, (std::vector<std::string>{"common.example"}));
}

TEST(Certificate, KeepsItsChain) {
  CertificateText text = make_certificate();
  text.certificate += make_certificate().certificate;
  text.certificate += make_certificate().certificate;
  const auto parsed = parse_certificate(text, std::chrono::system_clock::now());
  ASSERT_TRUE(parsed) << parsed.error();
  EXPECT_EQ(parsed->chain.size(), 2u);
}

TEST(Certificate, IsRefusedWithAKeyOfAnother) {
  CertificateText text = make_certificate();
  text.key = make_certificate().key;
  EXPECT_EQ(refusal_of(text),
            "a.key: not the key of the certificate in a.pem; the first certificate there must be "
            "the server's own");
}

TEST(Certificate, IsRefusedWithAWeakKey) {
  EXPECT_EQ(refusal_of(make_certificate({.key = KeyKind::kRsa1024})),
            "a.key: a key of 1024 bits is too weak; make one of P-256, or RSA of 2048 bits or "
            "more");
}

TEST(Certificate, IsRefusedOutsideItsDates) {
  EXPECT_TRUE(
      refusal_of(make_certificate({.valid_until_s = -60})).starts_with("a.pem: expired on"));
  EXPECT_TRUE(
      refusal_of(make_certificate({.valid_from_s = 3600})).starts_with("a.pem: valid only from"));
}

TEST(Certificate, IsRefusedWithAnEncryptedKey) {
  CertificateText text = make_certificate();
  const PrivateKey key = test::make_key(KeyKind::kP256);
  const Bio bio(BIO_new(BIO_s_mem()));
  const unsigned char password[] = "secret";
  PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_128_cbc(),
                                reinterpret_cast<const char*>(password), 6, nullptr, nullptr);
  text.key = test::text_of(bio.get());
  EXPECT_TRUE(refusal_of(text).starts_with("a.key: the key is encrypted")) << refusal_of(text);
}

TEST(Certificate, IsRefusedWhenItIsNone) {
  CertificateText text = make_certificate();
  text.certificate = "hello";
  EXPECT_EQ(refusal_of(text), "a.pem: no certificate in PEM form (-----BEGIN CERTIFICATE-----)");
  text = make_certificate();
  text.key = "";
  EXPECT_EQ(refusal_of(text), "a.key: no private key in PEM form (-----BEGIN PRIVATE KEY-----)");
  text = make_certificate();
  text.certificate += "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  EXPECT_TRUE(refusal_of(text).starts_with("a.pem: certificate 2 of the chain is damaged"));
}

TEST(Certificate, SaysWhichFileCannotBeRead) {
  const auto read = read_certificate("/no/such.pem", "/no/such.key");
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().starts_with("/no/such.pem: cannot be read")) << read.error();
}

}  // namespace
}  // namespace millrace::http::tls
