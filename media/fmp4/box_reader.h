// Reads ISO BMFF boxes from bytes that nobody vouches for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"

namespace millrace::media::fmp4 {

/// A cursor over big-endian numbers. Reading past the end yields zeros and is remembered: read a
/// whole structure, then ask `ok()` once, before any of it is used.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) noexcept : rest_(bytes) {}

  uint8_t u8() noexcept { return static_cast<uint8_t>(big_endian(1)); }
  uint16_t u16() noexcept { return static_cast<uint16_t>(big_endian(2)); }
  uint32_t u24() noexcept { return static_cast<uint32_t>(big_endian(3)); }
  uint32_t u32() noexcept { return static_cast<uint32_t>(big_endian(4)); }
  int32_t i32() noexcept { return static_cast<int32_t>(u32()); }
  uint64_t u64() noexcept { return big_endian(8); }
  /// The next `size` bytes; empty, and no longer `ok()`, where fewer are left.
  std::span<const std::byte> take(size_t size) noexcept;
  void skip(size_t size) noexcept { static_cast<void>(take(size)); }

  std::span<const std::byte> rest() const noexcept { return rest_; }
  bool empty() const noexcept { return rest_.empty(); }
  bool ok() const noexcept { return ok_; }

 private:
  uint64_t big_endian(size_t size) noexcept;

  std::span<const std::byte> rest_;
  bool ok_ = true;
};

struct BoxView {
  uint32_t type = 0;
  size_t header_size = 0;  ///< 8, or 16 with a 64-bit size.
  std::span<const std::byte> payload;

  size_t size() const noexcept { return header_size + payload.size(); }
};

/// Takes the next box off `reader`. kMalformed if it is not wholly there; a box "to the end of the
/// file" (size 0) counts as such, since nothing here writes one.
core::Result<BoxView> take_box(ByteReader& reader) noexcept;

/// The version and flags that open a FullBox.
struct FullBoxHeader {
  uint8_t version = 0;
  uint32_t flags = 0;
};

FullBoxHeader read_full_box_header(ByteReader& reader) noexcept;

}  // namespace millrace::media::fmp4
