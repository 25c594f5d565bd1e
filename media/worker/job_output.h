// Where the server puts what a job makes.
#pragma once

#include <span>

#include "core/result.h"
#include "core/task.h"
#include "media/worker/report_check.h"

namespace millrace::media::worker {

/// Takes the reports of one job, one at a time, on the core that runs it. Every report has passed
/// ReportCheck. References and spans are valid until the task is done. While a task is not done the
/// worker's ring fills up and its encoders wait. An error ends the job with kOutputFailed. What a
/// job of another kind would report is ignored by default; such a report never arrives.
class JobOutput {
 public:
  virtual ~JobOutput() = default;

  virtual core::Task<core::Result<>> on_probe(const ProbeReport&) { return ignore(); }
  virtual core::Task<core::Result<>> on_source_length(const SourceLength&) { return ignore(); }
  virtual core::Task<core::Result<>> on_track(const CheckedTrack&) { return ignore(); }
  /// Of a live job, in the place of on_fragment. on_track may come again before one that has a
  /// discontinuity: from there on the track has the new init segment.
  virtual core::Task<core::Result<>> on_part(const CheckedPart&) { return ignore(); }
  virtual core::Task<core::Result<>> on_notice(const Notice&) { return ignore(); }
  virtual core::Task<core::Result<>> on_fragment(const CheckedFragment&) { return ignore(); }
  virtual core::Task<core::Result<>> on_track_done(uint32_t /*track*/) { return ignore(); }
  virtual core::Task<core::Result<>> on_image(const ImageReport&) { return ignore(); }
  virtual core::Task<core::Result<>> on_progress(const Progress&) { return ignore(); }
  virtual core::Task<core::Result<>> on_validation(const ValidationReport&) { return ignore(); }
  virtual core::Task<core::Result<>> on_export(std::span<const std::byte>) { return ignore(); }
  virtual core::Task<core::Result<>> on_log(const LogLine&) { return ignore(); }

 private:
  static core::Task<core::Result<>> ignore() { co_return core::Result<>{}; }
};

}  // namespace millrace::media::worker
