// An encoder's side of RTMP, for tests: bytes to send, and what answers say.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.h"
#include "media/live/ingest/rtmp/chunk_reader.h"
#include "media/live/ingest/rtmp/chunk_writer.h"
#include "media/live/ingest/rtmp/command.h"
#include "media/live/ingest/rtmp/handshake.h"

namespace millrace::media::rtmp::test {

using Bytes = std::vector<std::byte>;
using flv::AmfValue;

inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline Bytes as_bytes(std::string_view text) {
  const auto bytes = core::bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

/// C0, C1 and C2 at once: nobody compares.
inline Bytes handshake() {
  Bytes bytes(1 + 2 * Handshake::kBlockSize, std::byte{0x5A});
  bytes.front() = std::byte{3};
  return bytes;
}

inline Bytes message(const Message& what, uint32_t chunk_size = 128) {
  Bytes bytes;
  append_message(bytes, what, {.chunk_stream_id = 4, .chunk_size = chunk_size});
  return bytes;
}

inline Bytes command(const Command& what, uint32_t stream_id = 0) {
  const Bytes body = write_command(what);
  return message({.type = MessageType::kCommand, .stream_id = stream_id, .body = body});
}

inline Bytes connect(std::string_view app = "live",
                     std::vector<flv::AmfProperty> enhancements = {}) {
  std::vector<flv::AmfProperty> properties{{"app", AmfValue::of(app)},
                                           {"type", AmfValue::of("nonprivate")}};
  properties.insert(properties.end(), enhancements.begin(), enhancements.end());
  return command({.name = "connect",
                  .transaction = 1,
                  .object = AmfValue::object(std::move(properties)),
                  .arguments = {}});
}

inline Bytes call(std::string_view name, double transaction, std::vector<AmfValue> arguments,
                  uint32_t stream_id = 0) {
  return command({.name = std::string(name),
                  .transaction = transaction,
                  .object = {},
                  .arguments = std::move(arguments)},
                 stream_id);
}

inline Bytes publish(std::string_view key) {
  return call("publish", 5, {AmfValue::of(key), AmfValue::of("live")}, 1);
}

/// What OBS sends up to the first picture.
inline Bytes publish_from_the_start(std::string_view key) {
  return handshake() + connect() + call("releaseStream", 2, {AmfValue::of(key)}) +
         call("FCPublish", 3, {AmfValue::of(key)}) + call("createStream", 4, {}) + publish(key);
}

inline Bytes unpublish(std::string_view key) {
  return call("FCUnpublish", 6, {AmfValue::of(key)}) + call("deleteStream", 7, {AmfValue::of(1.0)});
}

inline Bytes video(uint32_t timestamp_ms, std::string_view body) {
  const Bytes bytes = as_bytes(body);
  return message(
      {.type = MessageType::kVideo, .timestamp_ms = timestamp_ms, .stream_id = 1, .body = bytes});
}

inline Bytes audio(uint32_t timestamp_ms, std::string_view body) {
  const Bytes bytes = as_bytes(body);
  return message(
      {.type = MessageType::kAudio, .timestamp_ms = timestamp_ms, .stream_id = 1, .body = bytes});
}

/// The answers of a server, after its handshake when there is one.
struct Answers {
  explicit Answers(std::span<const std::byte> bytes, size_t skip = 0) {
    bytes = bytes.subspan(std::min(skip, bytes.size()));
    ChunkReader reader;
    while (true) {
      const auto next = reader.next(bytes);
      EXPECT_TRUE(next) << "the server sends chunks that cannot be read";
      if (!next || !next->has_value()) return;
      const Message& got = **next;
      types.push_back(got.type);
      if (got.type != MessageType::kCommand) {
        bodies.emplace_back(got.body.begin(), got.body.end());
        continue;
      }
      auto parsed = read_command(got.body);
      EXPECT_TRUE(parsed);
      if (parsed) commands.push_back(std::move(*parsed));
    }
  }
  static constexpr size_t kHandshakeSize = 1 + 2 * Handshake::kBlockSize;

  /// The codes of all statuses and results, in order.
  std::vector<std::string> codes() const {
    std::vector<std::string> all;
    for (const Command& each : commands) {
      if (each.arguments.empty()) continue;
      const std::string_view code = each.arguments.front().text_of("code");
      if (!code.empty()) all.emplace_back(code);
    }
    return all;
  }
  const Command* answer_to(double transaction) const {
    for (const Command& each : commands) {
      if (each.transaction == transaction) return &each;
    }
    return nullptr;
  }

  std::vector<MessageType> types;
  std::vector<Bytes> bodies;  ///< Of what is no command.
  std::vector<Command> commands;
};

}  // namespace millrace::media::rtmp::test
