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
  auto cipher = RecordCipher::create(RecordCipher::Use::kSeal, suite, secret, sequence);
  if (!cipher) return std::unexpected(cipher.error());
  return RecordSealer(std::move(*cipher));
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

  int size = 0;
  EVP_CIPHER_CTX* cipher = cipher_.begin_record();
  const bool sealed =
      cipher != nullptr && EVP_EncryptUpdate(cipher, nullptr, &size, header, kHeaderSize) == 1 &&
      EVP_EncryptUpdate(cipher, plain, &size, plain, static_cast<int>(plain_size)) == 1 &&
      EVP_EncryptFinal_ex(cipher, plain + plain_size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, 16, plain + plain_size) == 1;
  if (!sealed) return fail(ErrorCode::kInternal, "sealing a record");
  return {};
}

}  // namespace millrace::http::tls
