// Where the pipeline puts what it makes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/result.h"
#include "media/worker/report.h"

namespace millrace::media::worker {

enum class LogLevel : uint8_t { kDebug = 0, kNotice = 1, kWarning = 2 };

/// Takes the reports of a job, from any of its threads; blocks while the server is behind. Order:
/// probe once, then per track one `track`, its fragments in order, one `track_done`; the source's
/// length once, before the first `track_done`; images and progress at any time after the probe. A
/// live job reports parts instead of fragments, may announce a track again, and has no length. An
/// error (kClosed: the server is gone; kTooLarge, kInvalid: this report breaks its limits) ends the
/// job.
class Sink {
 public:
  virtual ~Sink() = default;

  virtual core::Result<> probe(const ProbeReport& report) = 0;
  virtual core::Result<> source_length(const SourceLength& length) = 0;
  virtual core::Result<> track(const TrackReport& report) = 0;
  virtual core::Result<> fragment(const FragmentReport& report) = 0;
  virtual core::Result<> track_done(uint32_t track) = 0;
  /// Of a live job, in the place of `fragment`.
  virtual core::Result<> part(const PartReport&) { return not_of_this_job(); }
  /// Never fails the job for being one too many: the sink thins them out.
  virtual core::Result<> notice(const Notice&) { return not_of_this_job(); }
  virtual core::Result<> image(const ImageReport& report) = 0;
  /// Cheap, and to be called for every frame: it is also the sign of life that keeps the job from
  /// being ended as hung. The sink thins it out.
  virtual core::Result<> progress(const Progress& progress) = 0;
  /// The answer of a validation job.
  virtual core::Result<> validation(const ValidationReport& report) = 0;
  /// The next bytes of an exported file (MPEG-TS), any size up to kFragmentSizeMax.
  virtual core::Result<> export_bytes(std::span<const std::byte> bytes) = 0;
  /// One line for the operator; thinned out, never fails the job.
  virtual void log(LogLevel level, std::string_view text) = 0;

 private:
  static core::Result<> not_of_this_job() {
    return core::fail(core::ErrorCode::kUnsupported, "a report of another kind of job");
  }
};

}  // namespace millrace::media::worker
