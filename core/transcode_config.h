// What an operator may set of the encoding of videos.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::core {

enum class LadderCodec : uint8_t { kH264, kVp9, kAv1 };
inline constexpr std::string_view kLadderCodecNames[] = {"h264", "vp9", "av1"};

/// One video quality, named so that its codec shows: `720p`, `720p-vp9`, `720p-av1`.
struct RungConfig {
  std::string quality;
  LadderCodec codec = LadderCodec::kH264;
  uint32_t height = 0;  ///< The shorter side.
  uint32_t bitrate_bps = 0;
  uint32_t max_bitrate_bps = 0;  ///< 0: the encoder's default for that bitrate.
  std::string preset;            ///< Empty: the codec's, below.
  friend bool operator==(const RungConfig&, const RungConfig&) = default;
};

struct TranscodeConfig {
  std::vector<LadderCodec> ladder = {LadderCodec::kH264};
  std::vector<RungConfig> rung;  ///< Empty: the built-in rungs of each codec of `ladder`.
  std::vector<std::string> audio = {"audio-128k", "audio-64k"};
  std::string h264_preset = "veryfast";
  uint32_t vp9_speed = 6;
  uint32_t av1_preset = 10;
  std::chrono::milliseconds gop_duration = std::chrono::seconds(2);
  uint32_t max_width = 4096;
  uint32_t max_height = 4096;
  std::chrono::milliseconds max_duration = std::chrono::hours(12);
};

}  // namespace millrace::core
