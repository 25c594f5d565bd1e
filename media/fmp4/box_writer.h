// Writes ISO BMFF boxes (ISO/IEC 14496-12, 4.2): big-endian numbers, sizes filled in when a box
// ends. Appends to bytes in memory; no I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace millrace::media::fmp4 {

/// A box type as the big-endian number of its four characters.
consteval uint32_t four_cc(const char (&name)[5]) {
  return uint32_t{static_cast<uint8_t>(name[0])} << 24 |
         uint32_t{static_cast<uint8_t>(name[1])} << 16 |
         uint32_t{static_cast<uint8_t>(name[2])} << 8 | static_cast<uint8_t>(name[3]);
}

class BoxWriter {
 public:
  /// An open box: everything appended while it lives is inside. Its size is patched when it ends.
  class [[nodiscard]] Box {
   public:
    Box(const Box&) = delete;
    Box& operator=(const Box&) = delete;
    ~Box();

   private:
    friend class BoxWriter;
    Box(std::vector<std::byte>& out, size_t start) noexcept : out_(out), start_(start) {}
    std::vector<std::byte>& out_;
    size_t start_;
  };

  explicit BoxWriter(std::vector<std::byte>& out) noexcept : out_(out) {}

  Box box(uint32_t type);
  Box full_box(uint32_t type, uint8_t version, uint32_t flags);

  void u8(uint8_t value) { out_.push_back(std::byte{value}); }
  void u16(uint16_t value) { big_endian(value, 2); }
  void u24(uint32_t value) { big_endian(value, 3); }
  void u32(uint32_t value) { big_endian(value, 4); }
  void i32(int32_t value) { big_endian(static_cast<uint32_t>(value), 4); }
  void u64(uint64_t value) { big_endian(value, 8); }
  void zeros(size_t count) { out_.insert(out_.end(), count, std::byte{0}); }
  void bytes(std::span<const std::byte> value);
  void text(std::string_view value);

  size_t size() const noexcept { return out_.size(); }
  /// Overwrites four bytes written before, at `offset` from the start of the output.
  void patch_u32(size_t offset, uint32_t value);

 private:
  void big_endian(uint64_t value, int size);

  std::vector<std::byte>& out_;
};

}  // namespace millrace::media::fmp4
