#include "media/fmp4/box_writer.h"

#include "core/assert.h"

namespace millrace::media::fmp4 {
namespace {

void put_u32(std::vector<std::byte>& out, size_t offset, uint32_t value) {
  MR_ASSERT(offset + 4 <= out.size());
  for (size_t i = 0; i < 4; ++i) out[offset + i] = static_cast<std::byte>(value >> (24 - 8 * i));
}

}  // namespace

BoxWriter::Box::~Box() {
  const size_t size = out_.size() - start_;
  MR_ASSERT(size <= UINT32_MAX);  // Only mdat grows so far, and it is never written as a Box.
  put_u32(out_, start_, static_cast<uint32_t>(size));
}

BoxWriter::Box BoxWriter::box(uint32_t type) {
  const size_t start = out_.size();
  u32(0);
  u32(type);
  return {out_, start};
}

BoxWriter::Box BoxWriter::full_box(uint32_t type, uint8_t version, uint32_t flags) {
  const size_t start = out_.size();
  u32(0);
  u32(type);
  u8(version);
  u24(flags);
  return {out_, start};
}

void BoxWriter::bytes(std::span<const std::byte> value) {
  out_.insert(out_.end(), value.begin(), value.end());
}

void BoxWriter::text(std::string_view value) { bytes(std::as_bytes(std::span(value))); }

void BoxWriter::patch_u32(size_t offset, uint32_t value) { put_u32(out_, offset, value); }

void BoxWriter::big_endian(uint64_t value, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
    out_.push_back(static_cast<std::byte>(value >> shift));
  }
}

}  // namespace millrace::media::fmp4
