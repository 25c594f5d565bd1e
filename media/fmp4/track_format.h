// What a CMAF track is made of: its format and its samples. Plain data, shared by the writers, the
// parsers, the worker and the playlists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace millrace::media::fmp4 {

enum class Codec : uint8_t { kH264, kHevc, kVp9, kAv1, kAac, kOpus };
enum class MediaKind : uint8_t { kVideo, kAudio };

constexpr MediaKind kind_of(Codec codec) noexcept {
  return codec == Codec::kAac || codec == Codec::kOpus ? MediaKind::kAudio : MediaKind::kVideo;
}

/// CICP code points (ISO/IEC 23091-2); 2 is "unspecified".
struct Colour {
  uint8_t primaries = 2;
  uint8_t transfer = 2;
  uint8_t matrix = 2;
  bool full_range = false;

  friend bool operator==(const Colour&, const Colour&) = default;
};

struct TrackFormat {
  Codec codec = Codec::kH264;
  uint32_t timescale = 0;  ///< Ticks per second of every time in the track.
  uint32_t width = 0;      ///< Video: coded pixels, 1..65535.
  uint32_t height = 0;
  uint32_t sar_num = 1;  ///< Sample aspect ratio, both 1..65535.
  uint32_t sar_den = 1;
  /// Video with reordered frames: ticks from decoding the first to showing it. Composition offsets
  /// are counted from there and none is negative; an edit list takes it off again. FFmpeg shifts
  /// the pictures of a track with negative offsets and no edit list by that much against the sound.
  uint32_t reorder_delay = 0;
  uint32_t frame_duration = 0;  ///< Video at a constant rate: ticks per frame; 0 where it varies.
  uint32_t channels = 0;
  uint32_t sample_rate = 0;  ///< Audio, in Hz.
  uint32_t priming = 0;  ///< Audio: encoder delay, in ticks that an edit list cuts off the start.
  Colour colour;
  /// Payload of the avcC, hvcC, vpcC (with its version and flags), av1C or dOps box; for AAC the
  /// AudioSpecificConfig. decoder_config.h makes them from what encoders put out.
  std::vector<std::byte> decoder_config;

  MediaKind kind() const noexcept { return kind_of(codec); }
  friend bool operator==(const TrackFormat&, const TrackFormat&) = default;
};

/// One frame, or one packet of audio. Times in ticks, `size` in bytes.
struct Sample {
  uint32_t duration = 0;
  uint32_t size = 0;
  int32_t composition_offset = 0;  ///< Presentation time minus decode time.
  bool key = false;                ///< Decoding can start here.

  friend bool operator==(const Sample&, const Sample&) = default;
};

}  // namespace millrace::media::fmp4
