#include "http/tls/traffic_secret.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/assert.h"

namespace millrace::http::tls {
namespace {

struct SuiteTraits {
  size_t key_size;
  const EVP_CIPHER* cipher;
};

// Looked up once: a fetch takes a lock and a microsecond.
const SuiteTraits& traits_of(Suite suite) noexcept {
  static const SuiteTraits aes128{16, EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr)};
  static const SuiteTraits aes256{32, EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr)};
  static const SuiteTraits chacha{32, EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr)};
  switch (suite) {
    case Suite::kAes128GcmSha256:
      return aes128;
    case Suite::kAes256GcmSha384:
      return aes256;
    case Suite::kChaCha20Poly1305Sha256:
      return chacha;
  }
  std::unreachable();
}

// HKDF-Expand-Label (RFC 8446, 7.1) of up to one hash's length, which is one HMAC.
// info: length u16be | label size u8 | "tls13 " label | context size u8 = 0 | block number u8 = 1
void expand_label(std::span<const unsigned char> secret, std::string_view label,
                  std::span<unsigned char> out) noexcept {
  MR_ASSERT(out.size() <= secret.size());
  constexpr std::string_view kPrefix = "tls13 ";
  std::array<unsigned char, 64> text;
  size_t size = 0;
  text[size++] = 0;
  text[size++] = static_cast<unsigned char>(out.size());
  text[size++] = static_cast<unsigned char>(kPrefix.size() + label.size());
  for (const char c : kPrefix) text[size++] = static_cast<unsigned char>(c);
  for (const char c : label) text[size++] = static_cast<unsigned char>(c);
  text[size++] = 0;
  text[size++] = 1;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned digest_size = 0;
  const unsigned char* made =
      HMAC(secret.size() == 48 ? EVP_sha384() : EVP_sha256(), secret.data(),
           static_cast<int>(secret.size()), text.data(), size, digest.data(), &digest_size);
  MR_ASSERT(made != nullptr && digest_size >= out.size());
  std::copy_n(digest.begin(), out.size(), out.begin());
  OPENSSL_cleanse(digest.data(), digest.size());
}

}  // namespace

TrafficSecret::TrafficSecret(std::span<const unsigned char> bytes) noexcept : size_(bytes.size()) {
  MR_ASSERT(bytes.size() <= kSizeMax);
  std::ranges::copy(bytes, bytes_.begin());
}

TrafficSecret::~TrafficSecret() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

TrafficKey TrafficSecret::key_for(Suite suite) const noexcept {
  TrafficKey key;
  key.key_size = traits_of(suite).key_size;
  expand_label(bytes(), "key", std::span(key.key).first(key.key_size));
  expand_label(bytes(), "iv", key.iv);
  return key;
}

TrafficSecret TrafficSecret::next() const noexcept {
  TrafficSecret next;
  next.size_ = size_;
  expand_label(bytes(), "traffic upd", std::span(next.bytes_).first(size_));
  return next;
}

Nonce nonce_for(const Nonce& iv, uint64_t sequence) noexcept {
  Nonce nonce = iv;
  for (size_t i = 0; i < 8; ++i) {
    nonce[4 + i] ^= static_cast<unsigned char>(sequence >> (56 - 8 * i));
  }
  return nonce;
}

const EVP_CIPHER* cipher_of(Suite suite) noexcept { return traits_of(suite).cipher; }

}  // namespace millrace::http::tls
