// The protection of one direction of a TLS 1.3 connection (RFC 8446, 5.2, 5.3 and 7.2).
#pragma once

#include <cstdint>

#include "core/result.h"
#include "http/tls/openssl.h"
#include "http/tls/traffic_secret.h"

namespace millrace::http::tls {

/// A traffic secret with the cipher that is keyed by it, and the number of the next record. One
/// number serves one record, whatever becomes of it.
class RecordCipher {
 public:
  enum class Use : uint8_t { kOpen, kSeal };

  /// `sequence`: how many records passed under `secret` already. Errors: kInternal (OpenSSL cannot
  /// do the cipher).
  static core::Result<RecordCipher> create(Use use, Suite suite, const TrafficSecret& secret,
                                           uint64_t sequence);

  /// The context for the next record, its nonce set; nullptr: OpenSSL would not.
  EVP_CIPHER_CTX* begin_record() noexcept;
  /// From here on under the secret that follows, from its first record. Errors: kInternal.
  core::Result<> update_key() noexcept;

  Suite suite() const noexcept { return suite_; }
  TrafficKey key() const noexcept { return secret_.key_for(suite_); }
  uint64_t sequence() const noexcept { return sequence_; }

 private:
  RecordCipher(Use use, Suite suite, const TrafficSecret& secret, uint64_t sequence) noexcept
      : use_(use), suite_(suite), sequence_(sequence), secret_(secret) {}
  core::Result<> use_key() noexcept;

  Use use_;
  Suite suite_;
  uint64_t sequence_;
  TrafficSecret secret_;
  Nonce iv_{};
  CipherContext context_;
};

}  // namespace millrace::http::tls
