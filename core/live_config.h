// What an operator may set of live streams.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/byte_count.h"
#include "core/listen_address.h"

namespace millrace::core {

/// One live stream: where it is watched, and the secret by which it is published.
struct ChannelConfig {
  std::string name;  ///< In its address, `/api/VideoStream/live/NAME.m3u8`.
  std::string key;   ///< Of its publisher; in no log and no message.
  std::optional<std::chrono::system_clock::time_point> expires;  ///< Of the key.
  uint32_t bitrate_max_bps = 0;  ///< Of what the publisher sends; 0: any.
  uint32_t height_max = 0;       ///< Of its picture, the shorter side; 0: any that is decoded.
  friend bool operator==(const ChannelConfig&, const ChannelConfig&) = default;
};

struct LiveConfig {
  std::vector<ListenAddress> rtmp_listen;  ///< Empty: no RTMP.
  std::chrono::milliseconds part_duration = std::chrono::milliseconds(500);
  std::chrono::milliseconds segment_duration = std::chrono::seconds(4);  ///< Whole seconds.
  std::chrono::milliseconds window = std::chrono::minutes(1);
  std::chrono::milliseconds grace_time = std::chrono::seconds(30);
  std::chrono::milliseconds takeover_after = std::chrono::seconds(3);
  std::vector<uint32_t> heights = {480, 360};  ///< Encoded beside the source, where it is larger.
  std::string h264_preset = "superfast";
  ByteCount memory = 1_GiB;  ///< For the parts of all streams.
  uint32_t streams_max = 32;
  std::string webhook_url;     ///< Empty: nobody is told what happens.
  std::string webhook_secret;  ///< Signs what is told; empty: unsigned.
  std::vector<ChannelConfig> channel;
};

}  // namespace millrace::core
