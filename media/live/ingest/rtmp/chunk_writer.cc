#include "media/live/ingest/rtmp/chunk_writer.h"

#include <algorithm>

#include "core/assert.h"
#include "media/fmp4/box_writer.h"

namespace millrace::media::rtmp {
namespace {

constexpr uint32_t kExtended = 0xFFFFFF;
constexpr uint8_t kContinues = 0xC0;  // Type 3.

}  // namespace

void append_message(std::vector<std::byte>& out, const Message& message, ChunkForm form) {
  MR_ASSERT(form.chunk_stream_id >= 2 && form.chunk_stream_id < 64 && form.chunk_size > 0);
  const auto id = static_cast<uint8_t>(form.chunk_stream_id);
  const bool is_extended = message.timestamp_ms >= kExtended;
  fmp4::BoxWriter writer(out);
  writer.u8(id);
  writer.u24(is_extended ? kExtended : message.timestamp_ms);
  writer.u24(static_cast<uint32_t>(message.body.size()));
  writer.u8(static_cast<uint8_t>(message.type));
  writer.u32(__builtin_bswap32(message.stream_id));  // The one number that is little-endian.
  if (is_extended) writer.u32(message.timestamp_ms);
  auto rest = message.body;
  while (true) {
    const auto chunk = rest.first(std::min<size_t>(rest.size(), form.chunk_size));
    writer.bytes(chunk);
    rest = rest.subspan(chunk.size());
    if (rest.empty()) return;
    writer.u8(kContinues | id);
    if (is_extended) writer.u32(message.timestamp_ms);
  }
}

}  // namespace millrace::media::rtmp
