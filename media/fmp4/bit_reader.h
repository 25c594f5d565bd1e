// Reads bits, most significant first, from bytes that nobody vouches for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace millrace::media::fmp4 {

/// Past the end it yields zeros and stops being `ok()`, as ByteReader.
class BitReader {
 public:
  explicit BitReader(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

  /// Up to 32 bits.
  uint32_t bits(int count) noexcept {
    uint32_t value = 0;
    for (int i = 0; i < count; ++i) value = value << 1 | next();
    return value;
  }
  bool flag() noexcept { return next() != 0; }
  void skip(size_t count) noexcept { position_ += count; }
  bool ok() const noexcept { return position_ <= bytes_.size() * 8; }
  size_t bits_left() const noexcept { return ok() ? bytes_.size() * 8 - position_ : 0; }

 private:
  uint32_t next() noexcept {
    const size_t at = position_++;
    if (at / 8 >= bytes_.size()) return 0;
    return std::to_integer<uint32_t>(bytes_[at / 8]) >> (7 - at % 8) & 1u;
  }

  std::span<const std::byte> bytes_;
  size_t position_ = 0;
};

/// ue(v) of ITU-T H.264, 9.1.
inline uint32_t exp_golomb(BitReader& r) noexcept {
  int zeros = 0;
  while (zeros < 31 && r.ok() && !r.flag()) ++zeros;
  return (1u << zeros) - 1 + r.bits(zeros);
}

}  // namespace millrace::media::fmp4
