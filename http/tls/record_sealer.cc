#include "http/tls/record_sealer.h"

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/assert.h"

namespace millrace::http::tls {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

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

unsigned char* bytes_at(std::span<std::byte> record, size_t offset) noexcept {
  return reinterpret_cast<unsigned char*>(record.data()) + offset;
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

Result<RecordSealer> RecordSealer::create(Suite suite, const TrafficSecret& secret,
                                          uint64_t sequence) {
  RecordSealer sealer(suite, secret, sequence);
  sealer.cipher_.reset(EVP_CIPHER_CTX_new());
  if (const Result<> used = sealer.use_key(); !used) return std::unexpected(used.error());
  return sealer;
}

Result<> RecordSealer::use_key() noexcept {
  TrafficKey key = secret_.key_for(suite_);
  iv_ = key.iv;
  const bool ready =
      cipher_ != nullptr && EVP_EncryptInit_ex2(cipher_.get(), traits_of(suite_).cipher,
                                                key.key.data(), key.iv.data(), nullptr) == 1;
  OPENSSL_cleanse(&key, sizeof key);
  if (!ready) return fail(ErrorCode::kInternal, "a cipher of TLS 1.3");
  return {};
}

Result<> RecordSealer::update_key() noexcept {
  secret_ = secret_.next();
  sequence_ = 0;
  return use_key();
}

// record: type u8 = 23 | version u16be = 0x0303 | size u16be | payload … | content type u8 | tag
Result<> RecordSealer::seal(ContentType type, std::span<std::byte> record) noexcept {
  MR_ASSERT(record.size() > kOverhead && record.size() <= kPayloadMax + kOverhead);
  const size_t body_size = record.size() - kHeaderSize;
  unsigned char* header = bytes_at(record, 0);
  header[0] = 23;
  header[1] = 3;
  header[2] = 3;
  header[3] = static_cast<unsigned char>(body_size >> 8);
  header[4] = static_cast<unsigned char>(body_size);
  const size_t plain_size = body_size - (kTrailerSize - 1);
  unsigned char* plain = bytes_at(record, kHeaderSize);
  plain[plain_size - 1] = static_cast<unsigned char>(type);

  std::array<unsigned char, 12> nonce = iv_;
  for (size_t i = 0; i < 8; ++i) {
    nonce[4 + i] ^= static_cast<unsigned char>(sequence_ >> (56 - 8 * i));
  }
  ++sequence_;
  int size = 0;
  EVP_CIPHER_CTX* cipher = cipher_.get();
  const bool sealed =
      EVP_EncryptInit_ex2(cipher, nullptr, nullptr, nonce.data(), nullptr) == 1 &&
      EVP_EncryptUpdate(cipher, nullptr, &size, header, kHeaderSize) == 1 &&
      EVP_EncryptUpdate(cipher, plain, &size, plain, static_cast<int>(plain_size)) == 1 &&
      EVP_EncryptFinal_ex(cipher, plain + plain_size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, 16, plain + plain_size) == 1;
  if (!sealed) return fail(ErrorCode::kInternal, "sealing a record");
  return {};
}

}  // namespace millrace::http::tls
