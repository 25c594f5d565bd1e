// Whatever a client says after its handshake: answers are chunks that can be read, media is FLV
// that can be read, a client that was not let in gets nothing into it, and cutting changes nothing.
// The first byte says how the desk decides.
#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/assert.h"
#include "media/flv/flv_reader.h"
#include "media/live/ingest/rtmp/session.h"

namespace flv = millrace::media::flv;
namespace rtmp = millrace::media::rtmp;
using millrace::core::ErrorCode;

namespace {

using Bytes = std::vector<std::byte>;

struct Outcome {
  bool failed = false;
  bool ended = false;
  int accepted = 0;
  Bytes media;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

void shake_hands(rtmp::RtmpSession& session) {
  Bytes bytes(1 + 2 * rtmp::Handshake::kBlockSize);
  bytes.front() = std::byte{3};
  std::span<const std::byte> input = bytes;
  MR_ASSERT(session.receive(input) == rtmp::SessionEvent::kNone);
  session.replies().clear();
}

void check_replies(std::span<const std::byte> replies) {
  rtmp::ChunkReader reader;
  while (true) {
    const auto message = reader.next(replies);
    MR_ASSERT(message);
    if (!message->has_value()) return;
  }
}

Outcome converse(std::span<const std::byte> bytes, size_t portion, bool lets_in) {
  const rtmp::RtmpLimits limits{.message_bytes_max = 65'536};
  rtmp::RtmpSession session("live", limits);
  shake_hands(session);
  Outcome outcome;
  while (!bytes.empty() && !outcome.failed && !outcome.ended) {
    auto input = bytes.first(std::min(portion, bytes.size()));
    bytes = bytes.subspan(input.size());
    while (true) {
      const auto event = session.receive(input);
      outcome.failed = !event;
      outcome.ended = event && *event == rtmp::SessionEvent::kEnd;
      if (event && *event == rtmp::SessionEvent::kPublish) {
        MR_ASSERT(!session.key().empty() && session.key().size() <= limits.key_bytes_max);
        outcome.accepted += lets_in ? 1 : 0;
        if (lets_in) session.accept_publish();
        if (!lets_in) session.refuse_publish(ErrorCode::kNotFound);
        continue;
      }
      if (!event || outcome.ended || *event == rtmp::SessionEvent::kNone) break;
    }
  }
  check_replies(session.replies());
  outcome.media = session.media();
  return outcome;
}

void check_media(std::span<const std::byte> media) {
  flv::FlvReader reader;
  while (!media.empty()) {
    const auto tag = reader.next(media);
    MR_ASSERT(tag);
    if (!tag->has_value()) MR_ASSERT(media.empty());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const bool lets_in = (data[0] & 1) == 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  const Outcome whole = converse(bytes, size, lets_in);
  MR_ASSERT(whole.accepted > 0 || whole.media.empty());
  // Of several publications one after the other each has a header of its own.
  if (whole.accepted == 1) check_media(whole.media);
  MR_ASSERT(converse(bytes, 1, lets_in) == whole);
  return 0;
}
