// Chunks give the same messages however the bytes are cut, within the limits; and those messages,
// cut into chunks by us, read the same.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/assert.h"
#include "media/live/ingest/rtmp/chunk_reader.h"
#include "media/live/ingest/rtmp/chunk_writer.h"

namespace rtmp = millrace::media::rtmp;

namespace {

constexpr rtmp::ChunkLimits kLimits{.message_bytes_max = 2048, .chunk_stream_count_max = 4};

struct Got {
  rtmp::MessageType type;
  uint32_t timestamp_ms;
  uint32_t stream_id;
  std::vector<std::byte> body;
  friend bool operator==(const Got&, const Got&) = default;
};

struct Read {
  bool failed = false;
  std::vector<Got> messages;
  friend bool operator==(const Read&, const Read&) = default;
};

Read read(std::span<const std::byte> bytes, size_t portion) {
  rtmp::ChunkReader reader(kLimits);
  Read all;
  while (!bytes.empty()) {
    auto input = bytes.first(std::min(portion, bytes.size()));
    bytes = bytes.subspan(input.size());
    while (true) {
      const auto next = reader.next(input);
      if (!next) {
        all.failed = true;
        return all;
      }
      if (!next->has_value()) break;
      const rtmp::Message& message = **next;
      MR_ASSERT(message.body.size() <= kLimits.message_bytes_max);
      all.messages.push_back({message.type,
                              message.timestamp_ms,
                              message.stream_id,
                              {message.body.begin(), message.body.end()}});
    }
    MR_ASSERT(input.empty());
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const Read whole = read(bytes, size + 1);
  for (const size_t portion : {size_t{1}, size_t{5}}) MR_ASSERT(read(bytes, portion) == whole);

  std::vector<std::byte> again;
  for (const Got& got : whole.messages) {
    rtmp::append_message(again,
                         {.type = got.type,
                          .timestamp_ms = got.timestamp_ms,
                          .stream_id = got.stream_id,
                          .body = got.body},
                         {.chunk_stream_id = 4});
  }
  Read reread = read(again, again.size());
  MR_ASSERT(!reread.failed);
  reread.failed = whole.failed;
  MR_ASSERT(reread == whole);
  return 0;
}
