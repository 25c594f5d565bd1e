// The text of a Multivariant Playlist (rfc8216bis, 4.4.6) from plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::media::hls {

struct Resolution {
  uint32_t width = 0;
  uint32_t height = 0;
};

/// Frames per second as a fraction: 30000/1001.
struct FrameRate {
  uint64_t num = 0;
  uint64_t den = 1;
};

enum class VideoRange : uint8_t { kSdr, kHlg, kPq };

/// By CICP transfer characteristics (MV-04): 16 is PQ, 18 is HLG, everything else SDR.
VideoRange video_range_of(uint8_t transfer) noexcept;

/// EXT-X-MEDIA of type AUDIO.
struct AudioRendition {
  std::string group;
  std::string name;  ///< Unique within its group.
  std::string uri;
  std::string language;  ///< RFC 5646; empty where unknown.
  uint32_t channels = 2;
  bool is_default = false;
};

/// EXT-X-STREAM-INF.
struct Variant {
  std::string uri;
  uint64_t bandwidth_bps = 0;  ///< Peak, with the group's most demanding sound (MV-01).
  uint64_t average_bandwidth_bps = 0;
  std::string codecs;  ///< Of everything played: pictures and sound.
  std::optional<Resolution> resolution;
  std::optional<FrameRate> frame_rate;
  VideoRange video_range = VideoRange::kSdr;
  std::string audio_group;  ///< Empty: the variant's own file holds all there is.
};

/// EXT-X-I-FRAME-STREAM-INF.
struct IFrameVariant {
  std::string uri;
  uint64_t bandwidth_bps = 0;
  uint64_t average_bandwidth_bps = 0;
  std::string codecs;
  std::optional<Resolution> resolution;
  VideoRange video_range = VideoRange::kSdr;
};

struct MultivariantPlaylist {
  bool independent_segments = false;
  std::vector<AudioRendition> audio;
  std::vector<Variant> variants;  ///< A player starts with the first.
  std::vector<IFrameVariant> i_frames;
};

/// The playlist, lines ended by LF. No EXT-X-VERSION: nothing in it needs one (PL-05). VIDEO-RANGE
/// appears once not every variant is SDR (MV-02).
std::string render(const MultivariantPlaylist& playlist);

}  // namespace millrace::media::hls
