#include "media/live/ingest/rtmp/message_tags.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "core/hash.h"
#include "media/flv/flv_writer.h"
#include "media/fmp4/box_reader.h"

namespace millrace::media::rtmp {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using flv::TagType;
using fmp4::ByteReader;
using namespace std::literals;

// An AMF0 string: a message to the server, not to those who watch.
constexpr std::string_view kSetDataFrame = "\x02\x00\x0D@setDataFrame"sv;
constexpr size_t kPreviousTagSize = 4;

void append_data_tag(std::vector<std::byte>& out, const Message& message) {
  auto body = message.body;
  const auto command = core::bytes_of(kSetDataFrame);
  if (body.size() > command.size() && std::ranges::equal(body.first(command.size()), command)) {
    body = body.subspan(command.size());
  }
  flv::append_tag(out,
                  {.type = TagType::kScript, .timestamp_ms = message.timestamp_ms, .body = body});
}

// The timestamps inside count from anywhere: the first is that of the message.
// type u8 | size u24be | timestamp u24be | timestamp_high u8 | stream_id u24be | body | size u32be
Result<> append_aggregate(std::vector<std::byte>& out, const Message& message) {
  ByteReader reader(message.body);
  std::optional<uint32_t> offset_ms;
  while (!reader.empty()) {
    const uint8_t type = reader.u8();
    const uint32_t size = reader.u24();
    uint32_t timestamp_ms = reader.u24();
    timestamp_ms |= uint32_t{reader.u8()} << 24;
    reader.skip(3);
    const Message part{.type = static_cast<MessageType>(type),
                       .timestamp_ms = timestamp_ms,
                       .stream_id = message.stream_id,
                       .body = reader.take(size)};
    if (!reader.ok()) return fail(ErrorCode::kMalformed, "rtmp: aggregate");
    // The last one's size is missing with some.
    reader.skip(std::min(kPreviousTagSize, reader.rest().size()));
    if (!offset_ms) offset_ms = message.timestamp_ms - timestamp_ms;
    if (!is_media(part.type) || part.type == MessageType::kAggregate) continue;
    Message shifted = part;
    shifted.timestamp_ms += *offset_ms;
    if (const Result<> done = append_tags(out, shifted); !done) return done;
  }
  return {};
}

}  // namespace

bool is_media(MessageType type) noexcept {
  switch (type) {
    case MessageType::kAudio:
    case MessageType::kVideo:
    case MessageType::kData:
    case MessageType::kDataAmf3:
    case MessageType::kAggregate:
      return true;
    default:
      return false;
  }
}

Result<> append_tags(std::vector<std::byte>& out, const Message& message) {
  if (message.body.empty()) return {};
  switch (message.type) {
    case MessageType::kAudio:
    case MessageType::kVideo:
      flv::append_tag(out, {.type = static_cast<TagType>(message.type),
                            .timestamp_ms = message.timestamp_ms,
                            .body = message.body});
      return {};
    case MessageType::kData:
      append_data_tag(out, message);
      return {};
    case MessageType::kDataAmf3: {
      // One byte says that AMF0 follows.
      Message inner = message;
      inner.type = MessageType::kData;
      inner.body = message.body.subspan(1);
      return message.body.front() == std::byte{0} ? append_tags(out, inner) : Result<>();
    }
    case MessageType::kAggregate:
      return append_aggregate(out, message);
    default:
      return {};
  }
}

}  // namespace millrace::media::rtmp
