#include "media/flv/flv_writer.h"

#include "core/assert.h"
#include "media/fmp4/box_writer.h"

namespace millrace::media::flv {
namespace {

constexpr uint32_t kHeaderSize = 9;
constexpr uint32_t kTagHeadSize = 11;
constexpr uint8_t kHasAudio = 0x04;
constexpr uint8_t kHasVideo = 0x01;

}  // namespace

void append_header(std::vector<std::byte>& out) {
  fmp4::BoxWriter writer(out);
  writer.text("FLV");
  writer.u8(1);
  writer.u8(kHasAudio | kHasVideo);
  writer.u32(kHeaderSize);
  writer.u32(0);  // The size of the tag before the first.
}

// type u8 | size u24be | timestamp u24be | timestamp_high u8 | stream_id u24be | body
// | previous_tag_size u32be
void append_tag(std::vector<std::byte>& out, const Tag& tag) {
  MR_ASSERT(tag.body.size() <= kBodySizeMax);
  const auto size = static_cast<uint32_t>(tag.body.size());
  const auto timestamp = static_cast<uint32_t>(tag.timestamp_ms);
  fmp4::BoxWriter writer(out);
  writer.u8(static_cast<uint8_t>(tag.type));
  writer.u24(size);
  writer.u24(timestamp & 0xFFFFFF);
  writer.u8(static_cast<uint8_t>(timestamp >> 24));
  writer.u24(0);
  writer.bytes(tag.body);
  writer.u32(kTagHeadSize + size);
}

}  // namespace millrace::media::flv
