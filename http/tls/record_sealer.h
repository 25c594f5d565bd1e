// What this side sends, as TLS 1.3 records.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/result.h"
#include "http/tls/openssl.h"

namespace millrace::http::tls {

/// The cipher suites of TLS 1.3 (RFC 8446, B.4).
enum class Suite : uint16_t {
  kAes128GcmSha256 = 0x1301,
  kAes256GcmSha384 = 0x1302,
  kChaCha20Poly1305Sha256 = 0x1303,
};

enum class ContentType : uint8_t { kAlert = 21, kHandshake = 22, kApplicationData = 23 };

/// Key, initialisation vector and sequence number of a direction, as the kernel wants them too.
struct TrafficKey {
  std::array<unsigned char, 32> key{};
  size_t key_size = 0;
  std::array<unsigned char, 12> iv{};
};

/// Of a hash's size: 32 or 48 bytes.
class TrafficSecret {
 public:
  static constexpr size_t kSizeMax = 48;
  TrafficSecret() = default;
  explicit TrafficSecret(std::span<const unsigned char> bytes) noexcept;
  TrafficSecret(const TrafficSecret&) = default;
  TrafficSecret& operator=(const TrafficSecret&) = default;
  ~TrafficSecret();

  size_t size() const noexcept { return size_; }
  std::span<const unsigned char> bytes() const noexcept { return {bytes_.data(), size_}; }
  /// RFC 8446, 7.3 and 7.2.
  TrafficKey key_for(Suite suite) const noexcept;
  TrafficSecret next() const noexcept;

 private:
  std::array<unsigned char, kSizeMax> bytes_{};
  size_t size_ = 0;
};

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
  core::Result<> update_key() noexcept;
  /// 2^24 of the 2^24.5 full records that AES-GCM may seal under one key (RFC 8446, 5.5).
  bool wants_new_key() const noexcept { return sequence_ >= key_record_count_max_; }
  void set_record_count_max(uint64_t count) noexcept { key_record_count_max_ = count; }

 private:
  RecordSealer(Suite suite, const TrafficSecret& secret, uint64_t sequence) noexcept
      : suite_(suite), sequence_(sequence), secret_(secret) {}
  core::Result<> use_key() noexcept;

  Suite suite_;
  uint64_t sequence_;
  uint64_t key_record_count_max_ = uint64_t{1} << 24;
  TrafficSecret secret_;
  std::array<unsigned char, 12> iv_{};
  CipherContext cipher_;
};

}  // namespace millrace::http::tls
