// One attempt at one video: from what the worker reports to files that are validated and published.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "core/config.h"
#include "media/catalogue/records.h"
#include "media/library/free_space_floor.h"
#include "media/library/library.h"
#include "media/library/track_writer.h"
#include "media/worker/job_output.h"

namespace millrace::media::library {

/// How the attempt ended: the formats of the finished video, or why there are none.
using TranscodeResult = std::expected<catalogue::VideoEdit, worker::JobFailure>;

/// Home core. Stores tracks as they grow and tells every core; after the worker's verdict it
/// finishes each track, has it decoded from beginning to end, compares it with its siblings, and
/// only then gives it its name.
class TranscodeRun final : public worker::JobOutput {
 public:
  /// `config` and `library` are borrowed.
  TranscodeRun(const core::Config& config, Library& library,
               core::Snapshot<catalogue::VideoRecord> video);

  core::Task<TranscodeResult> run(core::Cancellation& cancellation);

 private:
  core::Task<core::Result<>> on_probe(const worker::ProbeReport& probe) override;
  core::Task<core::Result<>> on_source_length(const worker::SourceLength& length) override;
  core::Task<core::Result<>> on_track(const worker::CheckedTrack& track) override;
  core::Task<core::Result<>> on_fragment(const worker::CheckedFragment& fragment) override;
  core::Task<core::Result<>> on_image(const worker::ImageReport& image) override;
  core::Task<core::Result<>> on_progress(const worker::Progress& progress) override;
  core::Task<core::Result<>> on_log(const worker::LogLine& line) override;

  core::Task<core::Result<>> prepare_folder();
  core::Task<worker::JobResult> make(core::Cancellation& cancellation);
  core::Task<worker::JobResult> finish_tracks(core::Cancellation& cancellation);
  core::Task<worker::JobResult> validate(const TrackWriter& writer,
                                         core::Cancellation& cancellation);
  [[nodiscard]] worker::JobResult check_lengths() const;
  [[nodiscard]] worker::JobResult check_siblings() const;

  const core::Config& config_;
  Library& library_;
  core::Snapshot<catalogue::VideoRecord> video_;
  worker::JobSpec spec_;
  FreeSpaceFloor space_;
  worker::ProbeReport probe_;
  worker::SourceLength source_;
  std::vector<std::unique_ptr<TrackWriter>> tracks_;  // By the worker's number.
  core::MonotonicTime progress_told_{};
};

}  // namespace millrace::media::library
