// FLV gives the same tags however it is cut; written again they read the same; and no body makes a
// parser read beyond it.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/assert.h"
#include "media/flv/audio_tag.h"
#include "media/flv/flv_reader.h"
#include "media/flv/flv_writer.h"
#include "media/flv/stream_metadata.h"
#include "media/flv/video_tag.h"

namespace flv = millrace::media::flv;

namespace {

struct Read {
  bool failed = false;
  std::vector<flv::TagType> types;
  std::vector<int64_t> times;
  std::vector<std::vector<std::byte>> bodies;
  friend bool operator==(const Read&, const Read&) = default;
};

Read read(std::span<const std::byte> bytes, size_t portion) {
  flv::FlvReader reader({.body_size_max = 4096});
  Read all;
  while (!bytes.empty()) {
    auto input = bytes.first(std::min(portion, bytes.size()));
    bytes = bytes.subspan(input.size());
    while (true) {
      const auto tag = reader.next(input);
      if (!tag) {
        all.failed = true;
        return all;
      }
      if (!tag->has_value()) break;
      MR_ASSERT(!(*tag)->body.empty() && (*tag)->body.size() <= 4096);
      all.types.push_back((*tag)->type);
      all.times.push_back((*tag)->timestamp_ms);
      all.bodies.emplace_back((*tag)->body.begin(), (*tag)->body.end());
    }
    MR_ASSERT(input.empty());
  }
  return all;
}

bool lies_within(std::span<const std::byte> part, std::span<const std::byte> whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void parse(flv::TagType type, std::span<const std::byte> body) {
  if (type == flv::TagType::kScript) static_cast<void>(flv::parse_metadata(body));
  if (type == flv::TagType::kVideo) {
    const auto packet = flv::parse_video(body);
    if (!packet) return;
    MR_ASSERT(lies_within(packet->payload, body) && packet->timestamp_offset_ns < 1'000'000);
    MR_ASSERT(packet->kind != flv::PacketKind::kFrame || !packet->payload.empty());
  }
  if (type == flv::TagType::kAudio) {
    const auto packet = flv::parse_audio(body);
    if (!packet) return;
    MR_ASSERT(lies_within(packet->payload, body));
    MR_ASSERT(packet->kind != flv::PacketKind::kConfig || !packet->payload.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const Read whole = read(bytes, size + 1);
  for (const size_t portion : {size_t{1}, size_t{7}}) MR_ASSERT(read(bytes, portion) == whole);

  std::vector<std::byte> again;
  flv::append_header(again);
  for (size_t i = 0; i < whole.types.size(); ++i) {
    parse(whole.types[i], whole.bodies[i]);
    flv::append_tag(
        again, {.type = whole.types[i], .timestamp_ms = whole.times[i], .body = whole.bodies[i]});
  }
  Read reread = read(again, again.size());
  reread.failed = whole.failed;
  MR_ASSERT(reread == whole);
  return 0;
}
