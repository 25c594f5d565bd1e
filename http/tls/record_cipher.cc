#include "http/tls/record_cipher.h"

#include <openssl/crypto.h>

namespace millrace::http::tls {

using core::ErrorCode;
using core::fail;
using core::Result;

Result<RecordCipher> RecordCipher::create(Use use, Suite suite, const TrafficSecret& secret,
                                          uint64_t sequence) {
  RecordCipher cipher(use, suite, secret, sequence);
  cipher.context_.reset(EVP_CIPHER_CTX_new());
  if (const Result<> used = cipher.use_key(); !used) return std::unexpected(used.error());
  return cipher;
}

Result<> RecordCipher::use_key() noexcept {
  TrafficKey key = secret_.key_for(suite_);
  iv_ = key.iv;
  const bool ready = context_ != nullptr &&
                     EVP_CipherInit_ex2(context_.get(), cipher_of(suite_), key.key.data(),
                                        key.iv.data(), use_ == Use::kSeal ? 1 : 0, nullptr) == 1;
  OPENSSL_cleanse(&key, sizeof key);
  if (!ready) return fail(ErrorCode::kInternal, "a cipher of TLS 1.3");
  return {};
}

EVP_CIPHER_CTX* RecordCipher::begin_record() noexcept {
  const Nonce nonce = nonce_for(iv_, sequence_++);
  const int as_before = -1;  // Opens or seals, whichever was said first.
  const bool ready =
      EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, nonce.data(), as_before, nullptr) == 1;
  return ready ? context_.get() : nullptr;
}

Result<> RecordCipher::update_key() noexcept {
  secret_ = secret_.next();
  sequence_ = 0;
  return use_key();
}

}  // namespace millrace::http::tls
