#include "media/worker/live_check.h"

#include <algorithm>
#include <cmath>

#include "media/fmp4/init_segment.h"

namespace millrace::media::worker {
namespace {

using core::ErrorCode;
using core::Result;

constexpr uint64_t kBitrateSlack = 4;
constexpr uint64_t kBitrateFloorBps = 1'000'000;
constexpr uint64_t kBitrateUnboundedBps = 200'000'000;  // Where the job names no rate.
// A frame at 5 a second, or the longest packet of sound (2048 samples at 8 kHz), and rounding.
constexpr double kSegmentStartTolerance_s = 0.26;
// LIVE segments end before their target and 0.49 s; sound by a packet later.
constexpr double kSegmentOverhang_s = 0.5 + kSegmentStartTolerance_s;
// Tracks end a segment apart at a discontinuity, where the machine is too slow for one of them.
constexpr double kJumpMax_s = 60;
// Parts may be short (a key frame, the end of a segment), but not all of them.
constexpr double kPartsASecondMax = 40;
constexpr double kPartsAtOnceMax = 100;
constexpr size_t kSegmentsKept = 256;  // How many one track may be ahead of another.

std::unexpected<core::Error> refuse(const char* rule) noexcept {
  return core::fail(ErrorCode::kMalformed, rule);
}

/// `member` of one of `values` is `value`.
template <class T>
bool contains(const std::vector<T>& values, const std::string& value, std::string T::* member) {
  return std::ranges::find(values, value, member) != values.end();
}

/// To another time scale, rounded up. Media times are years at most: nothing overflows.
uint64_t rescale(uint64_t ticks, uint32_t from, uint32_t to) noexcept {
  const uint64_t rest = ticks % from * to;
  return ticks / from * to + (rest + from - 1) / from;
}

double seconds_of(uint64_t ticks, uint32_t timescale) noexcept {
  return static_cast<double>(ticks) / static_cast<double>(timescale);
}

}  // namespace

Result<> LiveCheck::accept_probe(const ProbeReport& probe) {
  part_target_ms_ = probe.part_target_ms;
  if (part_target_ms_ == 0 || part_target_ms_ > kPartMsMax) return refuse("an absurd part target");
  if (spec_.live.part_target_ms != 0 && part_target_ms_ != spec_.live.part_target_ms) {
    return refuse("another part target than the stream has had");
  }
  planned_ = probe.qualities;
  return {};
}

bool LiveCheck::asked_for(const std::string& quality) const {
  return quality == spec_.live.source_quality ||
         contains(spec_.ladder, quality, &RungSpec::quality) ||
         contains(spec_.audio, quality, &AudioSpec::quality);
}

uint64_t LiveCheck::bitrate_bps_max(const std::string& quality) const {
  uint64_t asked = spec_.live.bitrate_max_bps;
  for (const RungSpec& rung : spec_.ladder) {
    if (rung.quality == quality) asked = std::max(rung.bitrate_bps, rung.max_bitrate_bps);
  }
  if (asked == 0) return kBitrateUnboundedBps;
  return std::max(asked * kBitrateSlack, kBitrateFloorBps);
}

Result<> LiveCheck::check_format(const TrackReport& report, const fmp4::TrackFormat& format) const {
  if (format.kind() != report.kind) return refuse("a track of another kind than it says");
  const bool is_audio = contains(spec_.audio, report.quality, &AudioSpec::quality);
  if (is_audio != (report.kind == fmp4::MediaKind::kAudio)) {
    return refuse("a track of another kind than asked for");
  }
  if (!is_audio && format.timescale != kLiveTimescale) return refuse("a time scale of its own");
  for (const RungSpec& rung : spec_.ladder) {
    if (rung.quality != report.quality) continue;
    if (format.codec != rung.codec) return refuse("a track of another codec than asked for");
    if (std::min(format.width, format.height) > rung.height + 1) {
      return refuse("a picture larger than asked for");
    }
  }
  return {};
}

Result<CheckedTrack> LiveCheck::accept_track(TrackReport report) {
  if (report.track > tracks_.size()) return refuse("a track out of order");
  if (std::ranges::find(planned_, report.quality) == planned_.end()) {
    return refuse("a track that was not planned");
  }
  auto format = fmp4::parse_init_segment(report.init_segment);
  if (!format) return refuse(format.error().what);
  if (const auto checked = check_format(report, *format); !checked) {
    return std::unexpected(checked.error());
  }
  if (report.track == tracks_.size()) {
    if (contains(tracks_, report.quality, &Track::quality)) {
      return refuse("a quality that begins twice");
    }
    tracks_.push_back({.quality = report.quality,
                       .kind = report.kind,
                       .timescale = format->timescale,
                       .bitrate_bps_max = bitrate_bps_max(report.quality)});
  } else {
    Track& track = tracks_[report.track];
    if (track.quality != report.quality || track.done || track.announced_anew) {
      return refuse("a track announced again as another one, after its end, or without a part");
    }
    if (track.part_count == 0) return refuse("a track announced again before its first part");
    track.end_time = rescale(track.end_time, track.timescale, format->timescale);
    track.segment_start = rescale(track.segment_start, track.timescale, format->timescale);
    track.timescale = format->timescale;
    track.announced_anew = true;
  }
  return CheckedTrack{.report = std::move(report), .format = std::move(*format)};
}

Result<CheckedPart> LiveCheck::accept_part(const PartReport& report) {
  if (report.track >= tracks_.size()) return refuse("a part of a track that has not begun");
  Track& track = tracks_[report.track];
  if (track.done) return refuse("a part of a track that has ended");
  auto fragment = fmp4::parse_fragment(report.bytes);
  if (!fragment) return refuse(fragment.error().what);
  CheckedPart part{.track = report.track,
                   .starts_segment = (report.flags & PartFlags::kStartsSegment) != 0,
                   .independent = (report.flags & PartFlags::kIndependent) != 0,
                   .discontinuity = (report.flags & PartFlags::kDiscontinuity) != 0,
                   .fragment = std::move(*fragment),
                   .bytes = report.bytes};
  if (const auto checked = check_flags(track, part); !checked) {
    return std::unexpected(checked.error());
  }
  if (const auto checked = check_times(track, part); !checked) {
    return std::unexpected(checked.error());
  }
  if (const auto checked = check_quantity(track, part); !checked) {
    return std::unexpected(checked.error());
  }
  if (part.starts_segment) {
    if (const auto agreed = agree_on_segment(track, part); !agreed) {
      return std::unexpected(agreed.error());
    }
    track.segment_start = part.fragment.decode_time;
    ++track.segment_count;
  }
  track.end_time = part.fragment.end_time();
  track.size += report.bytes.size();
  track.seconds += seconds_of(part.fragment.duration, track.timescale);
  track.sequence = part.fragment.sequence;
  track.announced_anew = false;
  ++track.part_count;
  return part;
}

Result<> LiveCheck::check_flags(const Track& track, const CheckedPart& part) const {
  if (part.independent != part.fragment.key) return refuse("a part that lies about its key frame");
  if (track.part_count == 0 && !part.starts_segment) return refuse("a track without a segment");
  if (part.discontinuity && !part.starts_segment) {
    return refuse("a discontinuity within a segment");
  }
  if (track.announced_anew && !part.discontinuity) {
    return refuse("a new init segment without a discontinuity");
  }
  return {};
}

Result<> LiveCheck::check_times(const Track& track, const CheckedPart& part) const {
  const fmp4::Fragment& fragment = part.fragment;
  const double start = seconds_of(fragment.decode_time, track.timescale);
  const double first = static_cast<double>(spec_.live.first_media_time_us) / 1e6;
  if (track.part_count == 0) {
    if (fragment.sequence != spec_.live.first_sequence) return refuse("parts out of sequence");
    // Half a tick of the coarsest time scale is far below a microsecond's rounding.
    if (start < first - 1e-6 || start > first + kJumpMax_s) {
      return refuse("a track that begins elsewhere than it was told");
    }
  } else {
    if (fragment.sequence != track.sequence + 1) return refuse("parts out of sequence");
    if (fragment.decode_time < track.end_time) return refuse("an overlap between parts");
    const double gap = seconds_of(fragment.decode_time - track.end_time, track.timescale);
    if (gap > (part.discontinuity ? kJumpMax_s : 0)) return refuse("a gap between parts");
  }
  // In whole numbers: a tick too long is too long (LL-02).
  if (uint64_t{fragment.duration} * 1000 > uint64_t{part_target_ms_} * track.timescale) {
    return refuse("a part longer than its target");
  }
  const uint64_t segment_start = part.starts_segment ? fragment.decode_time : track.segment_start;
  if (seconds_of(fragment.end_time() - segment_start, track.timescale) >
      spec_.live.target_duration_s + kSegmentOverhang_s) {
    return refuse("a segment longer than its target");
  }
  return {};
}

Result<> LiveCheck::check_quantity(const Track& track, const CheckedPart& part) const {
  if (static_cast<double>(track.part_count) > kPartsAtOnceMax + track.seconds * kPartsASecondMax) {
    return refuse("a flood of short parts");
  }
  const double seconds = track.seconds + seconds_of(part.fragment.duration, track.timescale);
  const double size_max =
      kFragmentSizeMax + seconds * static_cast<double>(track.bitrate_bps_max) / 8;
  if (static_cast<double>(track.size + part.bytes.size()) > size_max) {
    return refuse("a track far over the bit rate that was asked for");
  }
  return {};
}

/// The first track to reach a segment says where it begins; the others must agree.
Result<> LiveCheck::agree_on_segment(const Track& track, const CheckedPart& part) {
  const double start = seconds_of(part.fragment.decode_time, track.timescale);
  const uint64_t number = track.segment_count;
  if (number < first_segment_) return refuse("a track far behind the others");
  if (number == first_segment_ + segments_.size()) {
    segments_.push_back({.seconds = start, .discontinuity = part.discontinuity});
    if (segments_.size() > kSegmentsKept) {
      segments_.pop_front();
      ++first_segment_;
    }
    return {};
  }
  const SegmentStart& agreed = segments_[number - first_segment_];
  if (std::abs(agreed.seconds - start) > kSegmentStartTolerance_s) {
    return refuse("a segment that begins elsewhere than in other tracks");
  }
  if (agreed.discontinuity != part.discontinuity) {
    return refuse("a discontinuity that other tracks do not have");
  }
  return {};
}

Result<> LiveCheck::accept_track_done(uint32_t index) {
  if (index >= tracks_.size()) return refuse("the end of a track that has not begun");
  if (tracks_[index].done) return refuse("a second end of a track");
  tracks_[index].done = true;
  return {};
}

}  // namespace millrace::media::worker
