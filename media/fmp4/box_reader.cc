#include "media/fmp4/box_reader.h"

namespace millrace::media::fmp4 {

using core::ErrorCode;
using core::fail;

std::span<const std::byte> ByteReader::take(size_t size) noexcept {
  if (size > rest_.size()) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const auto taken = rest_.first(size);
  rest_ = rest_.subspan(size);
  return taken;
}

uint64_t ByteReader::big_endian(size_t size) noexcept {
  uint64_t value = 0;
  for (const std::byte b : take(size)) value = value << 8 | std::to_integer<uint64_t>(b);
  return value;
}

core::Result<BoxView> take_box(ByteReader& reader) noexcept {
  BoxView box;
  uint64_t size = reader.u32();
  box.type = reader.u32();
  box.header_size = 8;
  if (size == 1) {
    size = reader.u64();
    box.header_size = 16;
  }
  if (!reader.ok() || size < box.header_size) {
    return fail(ErrorCode::kMalformed, "box header is cut off or its size too small");
  }
  const uint64_t payload_size = size - box.header_size;
  if (payload_size > reader.rest().size()) {
    return fail(ErrorCode::kMalformed, "box is longer than what holds it");
  }
  box.payload = reader.take(static_cast<size_t>(payload_size));
  return box;
}

FullBoxHeader read_full_box_header(ByteReader& reader) noexcept {
  const uint8_t version = reader.u8();
  return {.version = version, .flags = reader.u24()};
}

}  // namespace millrace::media::fmp4
