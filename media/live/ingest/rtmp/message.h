// What RTMP carries. Source: Adobe, RTMP 1.0, 5.4 and 7.1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace millrace::media::rtmp {

enum class MessageType : uint8_t {
  kSetChunkSize = 1,
  kAbort = 2,
  kAcknowledgement = 3,
  kUserControl = 4,
  kWindowAckSize = 5,
  kSetPeerBandwidth = 6,
  kAudio = 8,
  kVideo = 9,
  kDataAmf3 = 15,
  kCommandAmf3 = 17,
  kData = 18,
  kCommand = 20,
  kAggregate = 22,
};

struct Message {
  MessageType type = MessageType::kCommand;  ///< Any number may come.
  uint32_t timestamp_ms = 0;                 ///< Wraps after 49.7 days.
  uint32_t stream_id = 0;                    ///< 0: about the connection.
  std::span<const std::byte> body;           ///< Borrowed.
};

}  // namespace millrace::media::rtmp
