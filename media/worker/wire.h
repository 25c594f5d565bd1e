// The bytes of a record: little-endian integers, names and runs of bytes with their size in front.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/assert.h"
#include "core/utf8.h"

namespace millrace::media::worker {

static_assert(std::endian::native == std::endian::little, "both ends are on one machine anyway");

class WireWriter {
 public:
  void u8(uint8_t value) { put(&value, sizeof value); }
  void u32(uint32_t value) { put(&value, sizeof value); }
  void u64(uint64_t value) { put(&value, sizeof value); }
  void f64(double value) { u64(std::bit_cast<uint64_t>(value)); }
  /// u32 size | bytes
  void text(std::string_view value) {
    u32(static_cast<uint32_t>(value.size()));
    put(value.data(), value.size());
  }
  void bytes(std::span<const std::byte> value) {
    u32(static_cast<uint32_t>(value.size()));
    put(value.data(), value.size());
  }
  [[nodiscard]] std::span<const std::byte> view() const noexcept { return out_; }

 private:
  void put(const void* from, size_t size) {
    const auto* start = static_cast<const std::byte*>(from);
    out_.insert(out_.end(), start, start + size);
  }

  std::vector<std::byte> out_;
};

/// Reads what a WireWriter wrote, from bytes that may be anything: past the end, or over a limit,
/// it yields zeros and remembers, so that one `complete()` at the end tells whether all of it was
/// right.
class WireReader {
 public:
  explicit WireReader(std::span<const std::byte> bytes) noexcept : rest_(bytes) {}

  uint8_t u8() noexcept { return number<uint8_t>(); }
  uint32_t u32() noexcept { return number<uint32_t>(); }
  uint64_t u64() noexcept { return number<uint64_t>(); }
  double f64() noexcept { return std::bit_cast<double>(number<uint64_t>()); }
  uint32_t u32_up_to(uint32_t max) noexcept {
    const uint32_t value = u32();
    require(value <= max);
    return value;
  }
  /// Printable UTF-8 of at most `size_max` bytes.
  std::string text(uint32_t size_max) {
    const auto view = bytes(size_max);
    std::string value(reinterpret_cast<const char*>(view.data()), view.size());
    require(core::is_printable_utf8(value));
    return value;
  }
  /// Borrowed from the bytes that are read.
  std::span<const std::byte> bytes(uint32_t size_max) noexcept {
    const uint32_t size = u32();
    require(size <= size_max && size <= rest_.size());
    if (!ok_) return {};
    return take(size);
  }
  /// All that is left, borrowed.
  std::span<const std::byte> rest() noexcept { return ok_ ? take(rest_.size()) : rest_.first(0); }
  void require(bool condition) noexcept { ok_ = ok_ && condition; }
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  /// Everything asked for was there and legal, and nothing is left.
  [[nodiscard]] bool complete() const noexcept { return ok_ && rest_.empty(); }

 private:
  template <class T>
  T number() noexcept {
    require(rest_.size() >= sizeof(T));
    if (!ok_) return 0;
    T value = 0;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }
  std::span<const std::byte> take(size_t size) noexcept {
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }

  std::span<const std::byte> rest_;
  bool ok_ = true;
};

}  // namespace millrace::media::worker
