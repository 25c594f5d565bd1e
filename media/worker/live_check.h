// What the worker of a live stream may say.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "media/fmp4/fragment.h"
#include "media/fmp4/track_format.h"
#include "media/worker/job.h"

namespace millrace::media::worker {

struct CheckedTrack {
  TrackReport report;
  fmp4::TrackFormat format;  ///< Parsed from the init segment.
};

struct CheckedPart {
  uint32_t track = 0;
  bool starts_segment = false;
  bool independent = false;  ///< Begins with a key frame; true of all sound.
  bool discontinuity = false;
  fmp4::Fragment fragment;
  std::span<const std::byte> bytes;  ///< Borrowed from the record.
};

/// The live half of ReportCheck: rules over the tracks and parts of one live job. What passes can
/// be listed in a playlist as it is: no part is longer than the target (LL-02), decode times go on
/// without a gap except at a discontinuity, where they jump forward only (SG-03), segments are
/// short enough for their target duration and begin at the same instants in all tracks (SG-01).
class LiveCheck {
 public:
  /// `spec` is borrowed.
  explicit LiveCheck(const JobSpec& spec) : spec_(spec) {}

  /// The limits that every part keeps; kMalformed where they are none.
  core::Result<> accept_probe(const ProbeReport& probe);
  bool asked_for(const std::string& quality) const;
  core::Result<CheckedTrack> accept_track(TrackReport report);
  core::Result<CheckedPart> accept_part(const PartReport& report);
  core::Result<> accept_track_done(uint32_t index);

 private:
  struct Track {
    std::string quality;
    fmp4::MediaKind kind = fmp4::MediaKind::kVideo;
    uint32_t timescale = 1;
    uint64_t bitrate_bps_max = 0;
    uint64_t end_time = 0;
    uint64_t segment_start = 0;
    uint64_t size = 0;
    double seconds = 0;  ///< Of all parts.
    uint64_t part_count = 0;
    uint64_t segment_count = 0;
    uint32_t sequence = 0;
    bool announced_anew = false;
    bool done = false;
  };

  core::Result<> check_format(const TrackReport& report, const fmp4::TrackFormat& format) const;
  core::Result<> check_flags(const Track& track, const CheckedPart& part) const;
  core::Result<> check_times(const Track& track, const CheckedPart& part) const;
  core::Result<> check_quantity(const Track& track, const CheckedPart& part) const;
  core::Result<> agree_on_segment(const Track& track, const CheckedPart& part);
  uint64_t bitrate_bps_max(const std::string& quality) const;

  /// Where a segment begins, as the first track to reach it says.
  struct SegmentStart {
    double seconds = 0;
    bool discontinuity = false;
  };

  const JobSpec& spec_;
  std::vector<std::string> planned_;
  std::vector<Track> tracks_;
  uint32_t part_target_ms_ = 0;
  uint64_t first_segment_ = 0;  ///< Number of the oldest in `segments_`.
  std::deque<SegmentStart> segments_;
};

}  // namespace millrace::media::worker
