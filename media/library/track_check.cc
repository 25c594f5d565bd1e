#include "media/library/track_check.h"

#include <algorithm>
#include <cmath>

namespace millrace::media::library {
namespace {

// An encoder meets its rate over time only: the first second of a short clip may cost twice as
// much.
constexpr double kBitrateSlack = 1.15;
constexpr double kRatedSecondsMin = 4;
// One frame, and what rounding to ticks and microseconds adds.
constexpr double kFramesOff = 1.01;
// Where the sound's overhang is as close to its limit as this, the worker's own grid decides.
constexpr double kOverhangDoubt_s = 0.15;
constexpr double kFrameSecondsMax = 0.1;  // Output has 10 frames a second or more.

worker::JobResult refuse(std::string detail) {
  return worker::job_failure(worker::FailureReason::kInvalidOutput, std::move(detail));
}

bool is_video(const track::TrackIndex& index) {
  return kind_of(index.format().codec) == fmp4::MediaKind::kVideo;
}

/// The length of one frame: of the picture, or 1,024 samples of sound.
double frame_seconds(const track::TrackIndex& index) {
  const fmp4::TrackFormat& format = index.format();
  const uint32_t ticks = is_video(index) ? format.frame_duration : 1024;
  return static_cast<double>(ticks) / format.timescale;
}

/// What is shown or heard: without what an edit list cuts off the start.
double presented_seconds(const track::TrackIndex& index) {
  const fmp4::TrackFormat& format = index.format();
  return index.duration_seconds() - static_cast<double>(format.priming) / format.timescale;
}

worker::JobResult check_length(const track::TrackIndex& index,
                               const worker::ValidationReport& decoded) {
  const double said = presented_seconds(index);
  const double found = static_cast<double>(decoded.duration_us) / 1e6;
  if (std::abs(said - found) <= frame_seconds(index) * kFramesOff) return {};
  return refuse(fmt::format("its index says {:.3f} s, a decoder finds {:.3f} s", said, found));
}

}  // namespace

worker::JobResult check_track(const track::TrackIndex& index,
                              const worker::ValidationReport& decoded,
                              const TrackExpectation& expected) {
  if (decoded.decode_error_count != 0) {
    return refuse(fmt::format("{} frames do not decode", decoded.decode_error_count));
  }
  if (const worker::JobResult length = check_length(index, decoded); !length) return length;
  if (is_video(index) && decoded.key_frame_count != index.size()) {
    return refuse(
        fmt::format("{} key frames in {} fragments", decoded.key_frame_count, index.size()));
  }
  const double seconds = index.duration_seconds();
  const double bitrate = static_cast<double>(index.media_size()) * 8 / std::max(seconds, 0.001);
  if (seconds >= kRatedSecondsMin &&
      bitrate > static_cast<double>(expected.bitrate_bps_max) * kBitrateSlack) {
    return refuse(fmt::format("{:.0f} bit/s where at most {} were asked for", bitrate,
                              expected.bitrate_bps_max));
  }
  return {};
}

worker::JobResult check_source_length(const track::TrackIndex& index,
                                      const SourceExpectation& source) {
  const auto [video_us, audio_us, faults] = source.length;
  const double video = static_cast<double>(video_us) / 1e6;
  const double audio = static_cast<double>(audio_us) / 1e6;
  const double overhang = audio - video - static_cast<double>(worker::kSoundOverhangUsMax) / 1e6;
  const double length = presented_seconds(index);
  // Sound ends where the picture does: on its grid, whose frame may last longer than a packet.
  const double grid = video_us == 0 ? 0 : source.picture_frame_seconds;
  const double frame = std::min(std::max(frame_seconds(index), grid), kFrameSecondsMax);
  const double allowed = frame * kFramesOff;
  const double drift = static_cast<double>(worker::kSoundDriftUsMax) / 1e6;
  const bool as_video = video_us != 0 && overhang <= kOverhangDoubt_s;
  const bool as_audio = audio_us != 0 && (video_us == 0 || overhang >= -kOverhangDoubt_s);
  if (as_video && std::abs(length - video) <= allowed) return {};
  if (as_audio && std::abs(length - audio) <= allowed + drift) return {};
  return refuse(fmt::format("{:.3f} s long, made of {:.3f} s", length, as_video ? video : audio));
}

worker::JobResult check_aligned(const track::TrackIndex& one, const track::TrackIndex& other) {
  if (one.size() != other.size()) {
    return refuse(fmt::format("{} fragments beside {}", one.size(), other.size()));
  }
  const uint64_t scale_one = one.format().timescale;
  const uint64_t scale_other = other.format().timescale;
  for (size_t i = 0; i < one.size(); ++i) {
    // a / s = b / t exactly, without rounding: a t = b s.
    const auto left = static_cast<__uint128_t>(one[i].end_time()) * scale_other;
    const auto right = static_cast<__uint128_t>(other[i].end_time()) * scale_one;
    if (left != right) return refuse(fmt::format("fragment {} ends at another instant", i));
  }
  return {};
}

}  // namespace millrace::media::library
