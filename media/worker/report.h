// What a worker reports while it works. Plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "media/fmp4/track_format.h"

namespace millrace::media::worker {

/// What is in the source. Sent once, before any track.
struct ProbeReport {
  std::string container;     ///< libavformat's first name: "mov", "matroska".
  uint64_t duration_us = 0;  ///< Of the presentation; 0 where the container does not say.
  std::string video_codec;   ///< "h264"; empty: no video.
  uint32_t width = 0;        ///< As shown: after rotation, with square pixels.
  uint32_t height = 0;
  uint32_t frame_rate_num = 0;  ///< Of the output (constant): 30000/1001.
  uint32_t frame_rate_den = 1;
  std::string audio_codec;   ///< Empty: no sound.
  uint32_t channels = 0;     ///< Of the source.
  uint32_t sample_rate = 0;  ///< Of the source.
  /// The qualities that will be made, so that a playlist is complete before the first frame.
  std::vector<std::string> qualities;
  uint32_t part_target_ms = 0;  ///< Of a live job: no part is longer, nor will be.

  bool operator==(const ProbeReport&) const = default;
};

/// Sound that ends this much after the picture is cut there; more is kept, under the last picture.
inline constexpr uint64_t kSoundOverhangUsMax = 500'000;

/// Sound this far from where its times would have it is left there: half of what an ear may notice,
/// and containers round.
inline constexpr uint64_t kSoundDriftUsMax = 20'000;

/// How long the source turned out to be when all of it was decoded, whatever its container says.
/// Sent once, after the source has ended and before any track does. From the presentation's start
/// to where the last picture, and the last sound, ends on the repaired clock, not yet on the
/// output's grid of frames; 0 without such a stream.
struct SourceLength {
  uint64_t video_us = 0;
  uint64_t audio_us = 0;
  uint32_t fault_count = 0;  ///< Packets that do not decode, jumps of the clock, an early end.

  bool operator==(const SourceLength&) const = default;
};

/// One rendition is about to begin. `track` counts from 0 in the order of these reports. In a live
/// job a track may be announced again, under the same number and quality: from its next part on,
/// which has PartFlags::kDiscontinuity, the new init segment holds.
struct TrackReport {
  uint32_t track = 0;
  std::string quality;
  fmp4::MediaKind kind = fmp4::MediaKind::kVideo;
  uint32_t fragment_count_expected = 0;  ///< An estimate for reserving the index; 0: unknown.
  std::vector<std::byte> init_segment;   ///< ftyp moov

  bool operator==(const TrackReport&) const = default;
};

/// One moof and its mdat, whole. At most kFragmentSizeMax bytes.
struct FragmentReport {
  uint32_t track = 0;
  std::span<const std::byte> bytes;
};

/// What a playlist has to know of a part beside its duration.
struct PartFlags {
  static constexpr uint8_t kStartsSegment = 1;
  static constexpr uint8_t kIndependent = 2;    ///< Decoding can start with it.
  static constexpr uint8_t kDiscontinuity = 4;  ///< Only together with kStartsSegment.
  static constexpr uint8_t kAll = 7;
};

/// A part of a live track: one moof and its mdat.
struct PartReport {
  uint32_t track = 0;
  uint8_t flags = 0;
  std::span<const std::byte> bytes;
};

/// What happened to a live stream that an operator should know. `amount_ms` where it has a length.
enum class NoticeKind : uint8_t {
  kRungDropped = 0,     ///< The machine is too slow for it; its track ends. `subject`: the quality.
  kClockRepaired = 1,   ///< The publisher's clock jumped by so much.
  kSilenceFilled = 2,   ///< So much sound was missing.
  kFormatChanged = 3,   ///< Another size, rate or codec. `subject` names it.
  kPicturesLost = 4,    ///< No picture for so long, longer than a part may be.
  kPacketsDropped = 5,  ///< Times that run backwards, or packets that cannot be read.
  kLate = 6,            ///< The publisher is this far behind real time.
  kNotPassedOn = 7,     ///< `subject`: the codec, which had to be encoded.
};

struct Notice {
  NoticeKind kind = NoticeKind::kRungDropped;
  std::string subject;
  uint64_t amount_ms = 0;

  bool operator==(const Notice&) const = default;
};

enum class ImageKind : uint8_t { kPoster = 0, kStoryboard = 1, kThumbnail = 2 };

/// A JPEG. A storyboard is a sheet of equal tiles, row by row, one every `interval_ms`.
struct ImageReport {
  ImageKind kind = ImageKind::kPoster;
  uint32_t columns = 1;
  uint32_t rows = 1;
  uint32_t tile_width = 0;
  uint32_t tile_height = 0;
  uint32_t tile_count = 1;
  uint32_t interval_ms = 0;  ///< 0 for a poster.
  std::span<const std::byte> jpeg;
};

struct Progress {
  double fraction = 0;      ///< 0..1
  double fps = 0;           ///< Frames of the source a second of wall time.
  double speed = 0;         ///< Seconds of media a second of wall time.
  double seconds_left = 0;  ///< Negative: not yet known.

  bool operator==(const Progress&) const = default;
};

/// The answer of a validation job: what a decoder found in a finished track.
struct ValidationReport {
  uint64_t frame_count = 0;  ///< Decoded video frames, or audio samples per channel.
  uint64_t duration_us = 0;  ///< Last end minus first start, as decoded.
  uint32_t decode_error_count = 0;
  uint32_t key_frame_count = 0;  ///< As decoded, whatever the container marks as one.

  bool operator==(const ValidationReport&) const = default;
};

inline constexpr uint32_t kFragmentSizeMax = 8u << 20;  // 2 s at 32 Mbit/s.
inline constexpr uint32_t kNoticeSubjectSizeMax = 64;
inline constexpr uint32_t kInitSegmentSizeMax = 128u << 10;
inline constexpr uint32_t kImageSizeMax = 4u << 20;
inline constexpr uint32_t kTrackCountMax = 24;          // kRungCountMax + kAudioCountMax.
inline constexpr uint32_t kFragmentCountMax = 200'000;  // 4 days of 2 s; an index of 8 MB.
inline constexpr uint64_t kDurationUsMax = 1'000'000ull * 3600 * 24 * 365;

}  // namespace millrace::media::worker
