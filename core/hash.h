// Hashes: XXH3 for tables and ETags, digests and a checksum for what clients send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/result.h"

namespace millrace::core {

struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;
  friend auto operator<=>(const Hash128&, const Hash128&) = default;
};

/// Tables that clients can fill take process_seed(), so that nobody can prepare collisions; what
/// must come out the same tomorrow (ETags, consistent hashing) takes a constant.
uint64_t xxh3_64(std::span<const std::byte> bytes, uint64_t seed) noexcept;
Hash128 xxh3_128(std::span<const std::byte> bytes, uint64_t seed) noexcept;

/// Random, the same for the life of the process.
uint64_t process_seed() noexcept;

inline std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// Lower case, two characters a byte.
std::string to_hex(std::span<const std::byte> bytes);
std::string to_hex(const Hash128& hash);

/// A digest computed over bytes as they come. kMd5, kSha1 and kCrc32 guard against accidents only.
class Digest {
 public:
  enum class Kind : uint8_t { kMd5, kSha1, kSha256, kCrc32 };

  explicit Digest(Kind kind);
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  ~Digest();

  void update(std::span<const std::byte> bytes) noexcept;

  /// The digest, as bytes: 16, 20, 32, or 4 (CRC-32, big-endian). Called once, last.
  std::string finish();

  /// By the names that tus uses: "md5", "sha1", "sha256", "crc32". Errors: kUnsupported.
  static Result<Kind> kind_named(std::string_view name) noexcept;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// The digest of bytes that are all there.
std::string digest_of(Digest::Kind kind, std::span<const std::byte> bytes);

/// Takes the same time wherever the two differ.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace millrace::core
