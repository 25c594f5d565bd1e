// The secrets of TLS 1.3 that data is protected with, and the keys made of them.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace millrace::http::tls {

/// The cipher suites of TLS 1.3 (RFC 8446, B.4).
enum class Suite : uint16_t {
  kAes128GcmSha256 = 0x1301,
  kAes256GcmSha384 = 0x1302,
  kChaCha20Poly1305Sha256 = 0x1303,
};

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

using Nonce = std::array<unsigned char, 12>;
/// RFC 8446, 5.3.
Nonce nonce_for(const Nonce& iv, uint64_t sequence) noexcept;

const EVP_CIPHER* cipher_of(Suite suite) noexcept;

}  // namespace millrace::http::tls
