// What the server asks of a worker that makes a live stream. Plain data.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::media::worker {

/// What the bytes of the publisher are, whatever carried them.
enum class LiveContainer : uint8_t { kFlv = 0, kMpegTs = 1, kFmp4 = 2 };

enum class PassThrough : uint8_t {
  kWherePossible = 0,  ///< H.264, HEVC, AV1; AAC, Opus: the publisher's own frames.
  kNever = 1,          ///< Everything is encoded, at the source's size.
};

/// Beside it, of JobSpec: `ladder` holds the rungs that are encoded where the source is larger;
/// `audio` at most one rendition, which takes the publisher's own sound where that can be passed
/// on, else is encoded as it says. A stream with `audio` has sound all the time: what the publisher
/// does not send is silence.
struct LiveSpec {
  LiveContainer container = LiveContainer::kMpegTs;
  PassThrough pass_through = PassThrough::kWherePossible;
  std::string source_quality = "source";  ///< The rendition of the source's own size.
  /// Wanted length of a part; what it comes to on the grid of frames is
  /// ProbeReport::part_target_ms.
  uint32_t part_ms = 500;
  /// Of a stream that has begun with another worker: its PART-TARGET, which must never change
  /// (LL-03). 0: this worker chooses.
  uint32_t part_target_ms = 0;
  uint32_t target_duration_s = 4;  ///< A segment is shorter than this and 0.5 s.
  /// Where the tracks begin: not before the end of any track of the stream so far.
  uint64_t first_media_time_us = 0;
  uint32_t first_sequence = 1;  ///< mfhd of the first part of every track.
  /// Where the machine is too slow, and rungs are behind the publisher by more than this, the
  /// largest is dropped. Over 3000: none is dropped, the publisher waits.
  uint32_t rung_lag_max_ms = 1000;
  uint32_t thumbnail_ms = 0;     ///< An ImageKind::kThumbnail about so often; 0: none.
  uint64_t bitrate_max_bps = 0;  ///< Of what the publisher sends; 0: as fast as it likes.

  bool operator==(const LiveSpec&) const = default;
};

inline constexpr uint32_t kPartMsMin = 100;
inline constexpr uint32_t kPartMsMax = 2000;
inline constexpr uint32_t kTargetDurationMax_s = 30;
/// Time scale of the pictures of every live track: a frame of each usual rate is a whole number of
/// ticks (23.976: 5005, 24: 5000, 25: 4800, 29.97: 4004, 30: 4000, 50: 2400, 59.94: 2002, 60:
/// 2000), and so is a millisecond, so that a change of rate leaves the time scale alone.
inline constexpr uint32_t kLiveTimescale = 120'000;

}  // namespace millrace::media::worker
