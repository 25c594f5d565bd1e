#include "core/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <xxhash.h>
#include <zlib.h>

#include <array>

#include <fmt/format.h>

#include "core/assert.h"
#include "core/random_id.h"

namespace millrace::core {
namespace {

const EVP_MD* algorithm_of(Digest::Kind kind) noexcept {
  switch (kind) {
    case Digest::Kind::kMd5: return EVP_md5();
    case Digest::Kind::kSha1: return EVP_sha1();
    case Digest::Kind::kSha256: return EVP_sha256();
    case Digest::Kind::kCrc32: return nullptr;
  }
  return nullptr;
}

std::string big_endian(uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
          static_cast<char>(number >> 8), static_cast<char>(number)};
}

uint64_t draw_seed() noexcept {
  uint64_t seed = 0;
  fill_random(std::as_writable_bytes(std::span(&seed, 1)));
  return seed;
}

}  // namespace

uint64_t xxh3_64(std::span<const std::byte> bytes, uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

Hash128 xxh3_128(std::span<const std::byte> bytes, uint64_t seed) noexcept {
  const XXH128_hash_t hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {.low = hash.low64, .high = hash.high64};
}

uint64_t process_seed() noexcept {
  static const uint64_t seed = draw_seed();
  return seed;
}

std::string to_hex(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<size_t>(byte >> 4)];
    text += kDigits[std::to_integer<size_t>(byte & std::byte{15})];
  }
  return text;
}

std::string to_hex(const Hash128& hash) {
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

struct Digest::Context {
  EVP_MD_CTX* evp = nullptr;  // Null: CRC-32.
  uLong crc = 0;

  Context() = default;
  Context(const Context&) = delete;
  ~Context() { EVP_MD_CTX_free(evp); }
};

Digest::Digest(Kind kind) : context_(std::make_unique<Context>()) {
  const EVP_MD* algorithm = algorithm_of(kind);
  if (algorithm == nullptr) return;
  context_->evp = EVP_MD_CTX_new();
  MR_ASSERT(context_->evp != nullptr);
  MR_ASSERT(EVP_DigestInit_ex(context_->evp, algorithm, nullptr) == 1);
}

Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

void Digest::update(std::span<const std::byte> bytes) noexcept {
  MR_ASSERT(context_ != nullptr);
  if (context_->evp != nullptr) {
    MR_ASSERT(EVP_DigestUpdate(context_->evp, bytes.data(), bytes.size()) == 1);
    return;
  }
  context_->crc =
      crc32_z(context_->crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
}

std::string Digest::finish() {
  MR_ASSERT(context_ != nullptr);
  const std::unique_ptr<Context> context = std::move(context_);
  if (context->evp == nullptr) return big_endian(static_cast<uint32_t>(context->crc));
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned size = 0;
  MR_ASSERT(EVP_DigestFinal_ex(context->evp, bytes.data(), &size) == 1);
  return std::string(bytes.begin(), bytes.begin() + size);
}

Result<Digest::Kind> Digest::kind_named(std::string_view name) noexcept {
  if (name == "md5") return Kind::kMd5;
  if (name == "sha1") return Kind::kSha1;
  if (name == "sha256") return Kind::kSha256;
  if (name == "crc32") return Kind::kCrc32;
  return fail(ErrorCode::kUnsupported, "unknown checksum algorithm");
}

std::string digest_of(Digest::Kind kind, std::span<const std::byte> bytes) {
  Digest digest(kind);
  digest.update(bytes);
  return digest.finish();
}

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace millrace::core
