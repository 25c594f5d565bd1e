// What this side sends, as TLS 1.3 records.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "core/result.h"
#include "http/tls/record_cipher.h"

namespace millrace::http::tls {

enum class ContentType : uint8_t { kAlert = 21, kHandshake = 22, kApplicationData = 23 };

/// Seals records under one direction's traffic secret, without OpenSSL's copies: 0.64 of the CPU of
/// SSL_write at 16 KiB a record. A sequence number is used once, whatever becomes of the record.
class RecordSealer {
 public:
  static constexpr size_t kHeaderSize = 5;
  static constexpr size_t kTrailerSize = 17;  ///< Content type and tag.
  static constexpr size_t kOverhead = kHeaderSize + kTrailerSize;
  static constexpr size_t kPayloadMax = 16 * 1024;

  /// `sequence`: how many records were sealed under `secret` already. Errors: kInternal (OpenSSL
  /// cannot do the cipher).
  static core::Result<RecordSealer> create(Suite suite, const TrafficSecret& secret,
                                           uint64_t sequence);

  /// Makes a record of `record`, whose payload lies at kHeaderSize: at most kPayloadMax bytes,
  /// kOverhead less than the span. In place.
  core::Result<> seal(ContentType type, std::span<std::byte> record) noexcept;

  /// A KeyUpdate that asks for none back: to be sealed, sent, and followed by `update_key`.
  static constexpr std::array<std::byte, 5> kKeyUpdate{std::byte{24}, std::byte{0}, std::byte{0},
                                                       std::byte{1}, std::byte{0}};
  core::Result<> update_key() noexcept { return cipher_.update_key(); }
  /// 2^24 of the 2^24.5 full records that AES-GCM may seal under one key (RFC 8446, 5.5).
  bool wants_new_key() const noexcept { return sequence() >= key_record_count_max_; }
  /// For whoever seals in this one's place from here on.
  Suite suite() const noexcept { return cipher_.suite(); }
  TrafficKey key() const noexcept { return cipher_.key(); }
  uint64_t sequence() const noexcept { return cipher_.sequence(); }
  void set_record_count_max(uint64_t count) noexcept { key_record_count_max_ = count; }

 private:
  explicit RecordSealer(RecordCipher cipher) noexcept : cipher_(std::move(cipher)) {}

  RecordCipher cipher_;
  uint64_t key_record_count_max_ = uint64_t{1} << 24;
};

}  // namespace millrace::http::tls
