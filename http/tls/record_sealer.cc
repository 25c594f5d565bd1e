#include "http/tls/record_sealer.h"

#include <openssl/crypto.h>

#include "core/assert.h"

namespace millrace::http::tls {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;

unsigned char* bytes_at(std::span<std::byte> record, size_t offset) noexcept {
  return reinterpret_cast<unsigned char*>(record.data()) + offset;
}

}  // namespace

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
      cipher_ != nullptr && EVP_EncryptInit_ex2(cipher_.get(), cipher_of(suite_), key.key.data(),
                                                key.iv.data(), nullptr) == 1;
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

  const Nonce nonce = nonce_for(iv_, sequence_);
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
