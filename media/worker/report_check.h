// What a worker may say, and when.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/result.h"
#include "core/shm_ring.h"
#include "media/fmp4/fragment.h"
#include "media/fmp4/track_format.h"
#include "media/worker/job.h"
#include "media/worker/live_check.h"
#include "media/worker/records.h"

namespace millrace::media::worker {

struct CheckedFragment {
  uint32_t track = 0;
  fmp4::Fragment fragment;
  std::span<const std::byte> bytes;  ///< Borrowed from the record.
};

struct TrackEnd {
  uint32_t track = 0;
};

struct ExportBytes {
  std::span<const std::byte> bytes;  ///< Borrowed from the record.
};

/// Nothing to report, and at work.
struct Alive {};

struct JobDone {};

using Report = std::variant<SeekRequest, ProbeReport, SourceLength, CheckedTrack, CheckedFragment,
                            CheckedPart, Notice, TrackEnd, ImageReport, Progress, ValidationReport,
                            ExportBytes, LogLine, Alive, JobDone, JobFailure>;

/// Follows one job's records and refuses the first that breaks a rule: of form, of what the job
/// asked for, of order, of continuity in time, or of quantity. No I/O. What passes is safe to store
/// and to serve: fragments parse, follow each other without a gap, begin at key frames (video) and
/// stay within the bit rate that was asked for; texts are printable.
class ReportCheck {
 public:
  /// `spec` is borrowed.
  explicit ReportCheck(const JobSpec& spec) : spec_(spec), live_(spec) {}

  /// `job_age` is the time since the job began. kMalformed with the rule that was broken; nothing
  /// may be accepted after that.
  core::Result<Report> accept(const core::ShmRecord& record, std::chrono::nanoseconds job_age = {});

 private:
  struct Track {
    std::string quality;
    fmp4::MediaKind kind = fmp4::MediaKind::kVideo;
    uint32_t timescale = 1;
    uint64_t bitrate_bps_max = 0;
    uint64_t end_time = 0;  // of the last fragment, in ticks.
    uint64_t size = 0;
    uint32_t fragment_count = 0;
    uint32_t sequence = 0;
    bool done = false;
  };
  struct Asked {
    fmp4::Codec codec;
    uint32_t height = 0;  // 0 for audio.
    uint64_t bitrate_bps = 0;
  };

  using Payload = std::span<const std::byte>;
  core::Result<Report> accept_seek(Payload payload);
  core::Result<Report> accept_probe(Payload payload);
  core::Result<Report> accept_source_length(Payload payload);
  core::Result<Report> accept_track(Payload payload);
  core::Result<Report> accept_fragment(Payload payload);
  core::Result<Report> accept_track_done(Payload payload);
  core::Result<Report> accept_part(Payload payload);
  core::Result<Report> accept_notice(Payload payload);
  core::Result<Report> accept_image(Payload payload);
  core::Result<Report> accept_progress(Payload payload);
  core::Result<Report> accept_validation(Payload payload);
  core::Result<Report> accept_export(Payload payload);
  core::Result<Report> accept_log(Payload payload);
  core::Result<Report> accept_alive(Payload payload) const;
  core::Result<> count_sign_of_life();
  core::Result<> check_plan(const ProbeReport& probe);
  [[nodiscard]] uint64_t allowance(uint64_t at_once, std::chrono::nanoseconds interval) const;
  core::Result<Report> accept_done(Payload payload);
  core::Result<Report> accept_failure(Payload payload);
  core::Result<> check_fragment(const Track& track, const fmp4::Fragment& fragment,
                                uint64_t size) const;
  std::vector<Asked> asked_for(const std::string& quality) const;

  const JobSpec& spec_;
  LiveCheck live_;
  std::chrono::nanoseconds job_age_{};
  std::vector<std::string> planned_;
  std::vector<Track> tracks_;
  uint64_t generation_ = 0;
  uint64_t export_size_ = 0;
  uint32_t seek_count_ = 0;
  uint32_t log_count_ = 0;
  uint32_t notice_count_ = 0;
  uint64_t sign_count_ = 0;
  uint32_t image_count_ = 0;
  bool probed_ = false;
  bool source_has_video_ = false;
  bool source_has_audio_ = false;
  bool measured_ = false;
  bool validated_ = false;
  bool ended_ = false;
};

}  // namespace millrace::media::worker
