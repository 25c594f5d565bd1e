#include "media/library/transcode_run.h"

#include <fcntl.h>

#include <algorithm>
#include <map>

#include "core/io/files.h"
#include "core/io/fsync.h"
#include "core/io/open_at.h"
#include "core/io/rename.h"
#include "core/log.h"
#include "media/library/format_records.h"
#include "media/library/job_plan.h"
#include "media/library/remove_tree.h"
#include "media/library/track_check.h"
#include "media/worker/run_job.h"
#include "media/worker/worker_program.h"

namespace millrace::media::library {
namespace {

constexpr std::chrono::milliseconds kProgressInterval{250};
constexpr uint64_t kLengthDifferenceUs = 1'000'000;  // Containers round, and sound may overhang.

/// What the server itself could not store, in the words of a job's end.
std::unexpected<worker::JobFailure> storing_failed(const core::Error& error) {
  using worker::FailureReason;
  FailureReason reason = FailureReason::kOutputFailed;
  if (error.code == core::ErrorCode::kCancelled) reason = FailureReason::kCancelled;
  if (error.code == core::ErrorCode::kNoSpace) reason = FailureReason::kDiskShort;
  return worker::job_failure(reason, error.what);
}

/// Makes the names in a folder survive a power cut, as Fsync does the bytes of a file.
core::Task<core::Result<>> sync_folder(core::Ring& ring, std::string path) {
  const core::Result<core::UniqueFd> folder =
      co_await core::io::OpenAt(ring, std::move(path), O_RDONLY | O_DIRECTORY);
  if (!folder) co_return std::unexpected(folder.error());
  co_return co_await core::io::Fsync(ring, folder->get());
}

/// Keeps what a validation job found.
class Finding final : public worker::JobOutput {
 public:
  core::Task<core::Result<>> on_validation(const worker::ValidationReport& report) override {
    found = report;
    co_return core::Result<>{};
  }
  std::optional<worker::ValidationReport> found;
};

}  // namespace

TranscodeRun::TranscodeRun(const core::Config& config, Library& library,
                           core::Snapshot<catalogue::VideoRecord> video)
    : config_(config),
      library_(library),
      video_(std::move(video)),
      spec_(transcode_plan(config, video_->size, video_->file_name)),
      space_(library.control(), library.paths().root(), config.store.free_space_floor.value) {}

core::Task<TranscodeResult> TranscodeRun::run(core::Cancellation& cancellation) {
  core::Result<> prepared = co_await prepare_folder();
  if (prepared) prepared = co_await space_.check();
  if (!prepared) co_return storing_failed(prepared.error());
  worker::JobResult done = co_await make(cancellation);
  if (done) done = co_await finish_tracks(cancellation);
  if (!done) co_return std::unexpected(done.error());
  std::vector<FinishedTrack> finished;
  for (const auto& writer : tracks_) {
    finished.push_back({.rendition = writer->rendition().rendition, .size = writer->file_size()});
  }
  co_return finished_video(std::move(finished));
}

core::Task<core::Result<>> TranscodeRun::prepare_folder() {
  // What an earlier attempt left is of no use: its tracks were never validated.
  core::Ring& ring = core::Core::current().ring();
  for (std::string folder : {library_.paths().segments_folder(video_->id),
                             library_.paths().processed_folder(video_->id)}) {
    const core::Result<> removed =
        co_await remove_tree(library_.control(), ring, std::move(folder));
    if (!removed) co_return removed;
  }
  co_return co_await core::io::make_folders(ring, library_.paths().processed_folder(video_->id));
}

core::Task<worker::JobResult> TranscodeRun::make(core::Cancellation& cancellation) {
  const core::Result<core::UniqueFd> original = co_await core::io::OpenAt(
      core::Core::current().ring(), library_.paths().original(video_->id), O_RDONLY);
  if (!original) {
    co_return worker::job_failure(worker::FailureReason::kSourceUnreadable, original.error().what);
  }
  co_return co_await worker::run_job(
      library_.control(), worker::worker_program(config_.workers), spec_,
      {{.fd = original->get(), .offset = 0, .size = video_->size}}, *this, &cancellation);
}

core::Task<core::Result<>> TranscodeRun::on_probe(const worker::ProbeReport& probe) {
  probe_ = probe;
  const auto changed = co_await library_.update_video(
      video_->id, [&](catalogue::VideoRecord& video) { apply_probe(probe_, video); });
  if (!changed) co_return std::unexpected(changed.error());
  co_return core::Result<>{};
}

core::Task<core::Result<>> TranscodeRun::on_source_length(const worker::SourceLength& length) {
  source_ = length;
  const uint64_t said = probe_.duration_us;
  const uint64_t found = std::max(length.video_us, length.audio_us);
  // No reason to refuse it: a file that was cut or joined often keeps its old head.
  if (said != 0 && std::max(said, found) - std::min(said, found) > kLengthDifferenceUs) {
    core::log::event(core::log::Level::kWarning, "jobs.source_length_differs",
                     {{"video", video_->id},
                      {"container_ms", said / 1000},
                      {"decoded_ms", found / 1000},
                      {"faults", length.fault_count}});
  }
  co_return core::Result<>{};
}

core::Task<core::Result<>> TranscodeRun::on_track(const worker::CheckedTrack& track) {
  const DeclaredRates rates = declared_rates(spec_, track.report.quality);
  NewTrack fresh{.path = library_.paths().track(video_->id, track.report.quality),
                 .quality = track.report.quality,
                 .format = track.format,
                 .fragment_count_expected = track.report.fragment_count_expected,
                 .declared_average_bps = rates.average_bps,
                 .declared_peak_bps = rates.peak_bps};
  auto writer = co_await TrackWriter::create(core::Core::current().ring(), std::move(fresh));
  if (!writer) co_return std::unexpected(writer.error());
  tracks_.push_back(std::move(*writer));
  co_return core::Result<>{};
}

core::Task<core::Result<>> TranscodeRun::on_fragment(const worker::CheckedFragment& fragment) {
  const core::Result<> room = co_await space_.check();
  if (!room) co_return room;
  TrackWriter& writer = *tracks_.at(fragment.track);
  const core::Result<> written = co_await writer.append(fragment.fragment, fragment.bytes);
  if (!written) co_return written;
  co_await library_.announcer().announce(
      Growth{.video_id = video_->id, .rendition = writer.rendition()});
  co_return core::Result<>{};
}

core::Task<core::Result<>> TranscodeRun::on_image(const worker::ImageReport& image) {
  const bool poster = image.kind == worker::ImageKind::kPoster;
  const std::string path =
      poster ? library_.paths().poster(video_->id) : library_.paths().storyboard(video_->id);
  core::Ring& ring = core::Core::current().ring();
  const core::Result<core::UniqueFd> file =
      co_await core::io::OpenAt(ring, path + ".part", O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (!file) co_return std::unexpected(file.error());
  core::Result<> stored = co_await core::io::write_all(ring, file->get(), image.jpeg, 0);
  if (stored) stored = co_await core::io::Fsync(ring, file->get());
  if (stored) stored = co_await core::io::Rename(ring, path + ".part", path);
  if (!stored) co_return stored;
  const auto changed = co_await library_.update_video(
      video_->id, [&](catalogue::VideoRecord& video) { apply_image(image, video); });
  if (!changed) co_return std::unexpected(changed.error());
  co_return core::Result<>{};
}

core::Task<core::Result<>> TranscodeRun::on_progress(const worker::Progress& progress) {
  const core::MonotonicTime now = core::Core::current().now();
  if (now < progress_told_ + kProgressInterval) co_return core::Result<>{};
  progress_told_ = now;
  // Others fill the disk as well.
  const core::Result<> room = co_await space_.check();
  if (!room) co_return room;
  co_await library_.announcer().announce(
      ProgressNews{.video_id = video_->id, .progress = progress});
  co_return core::Result<>{};
}

core::Task<core::Result<>> TranscodeRun::on_log(const worker::LogLine& line) {
  core::log::event(core::log::Level::kInfo, "worker.says",
                   {{"video", video_->id}, {"text", line.text}});
  co_return core::Result<>{};
}

core::Task<worker::JobResult> TranscodeRun::finish_tracks(core::Cancellation& cancellation) {
  for (const auto& writer : tracks_) {
    const core::Result<> finished = co_await writer->finish();
    if (!finished) co_return storing_failed(finished.error());
  }
  if (const worker::JobResult whole = check_lengths(); !whole) co_return whole;
  if (const worker::JobResult alike = check_siblings(); !alike) co_return alike;
  for (const auto& writer : tracks_) {
    const worker::JobResult valid = co_await validate(*writer, cancellation);
    if (!valid) co_return valid;
  }
  for (const auto& writer : tracks_) {
    const core::Result<> published = co_await writer->publish();
    if (!published) co_return storing_failed(published.error());
  }
  // Before the catalogue says that they are there.
  core::Ring& ring = core::Core::current().ring();
  for (std::string folder :
       {library_.paths().processed_folder(video_->id), library_.paths().processed()}) {
    const core::Result<> kept = co_await sync_folder(ring, std::move(folder));
    if (!kept) co_return storing_failed(kept.error());
  }
  co_return worker::JobResult{};
}

worker::JobResult TranscodeRun::check_lengths() const {
  const SourceExpectation source{
      .length = source_,
      .picture_frame_seconds =
          probe_.frame_rate_num == 0 ? 0 : double(probe_.frame_rate_den) / probe_.frame_rate_num};
  for (const auto& writer : tracks_) {
    worker::JobResult whole = check_source_length(writer->index(), source);
    if (whole) continue;
    whole.error().detail = writer->track().quality + ": " + whole.error().detail;
    return whole;
  }
  return {};
}

worker::JobResult TranscodeRun::check_siblings() const {
  // Sound of another codec comes in packets of another length, and no player switches to it.
  std::map<fmp4::Codec, const track::TrackIndex*> first;
  std::vector<track::TrackIndex> indexes;
  indexes.reserve(tracks_.size());
  for (const auto& writer : tracks_) {
    const track::TrackIndex& index = indexes.emplace_back(writer->index());
    const fmp4::Codec codec = index.format().codec;
    const track::TrackIndex*& sibling =
        first[kind_of(codec) == fmp4::MediaKind::kVideo ? fmp4::Codec::kH264 : codec];
    if (sibling == nullptr) {
      sibling = &index;
      continue;
    }
    worker::JobResult aligned = check_aligned(*sibling, index);
    if (!aligned) {
      aligned.error().detail = writer->track().quality + ": " + aligned.error().detail;
      return aligned;
    }
  }
  return {};
}

core::Task<worker::JobResult> TranscodeRun::validate(const TrackWriter& writer,
                                                     core::Cancellation& cancellation) {
  Finding finding;
  const worker::JobResult ran = co_await worker::run_job(
      library_.control(), worker::worker_program(config_.workers),
      validation_plan(config_, writer.file_size()),
      {{.fd = writer.file()->fd(), .offset = 0, .size = writer.file_size()}}, finding,
      &cancellation);
  if (!ran) co_return ran;
  if (!finding.found) {
    co_return worker::job_failure(worker::FailureReason::kExitedEarly,
                                  "validation ended without a finding");
  }
  worker::JobResult valid = check_track(writer.index(), *finding.found,
                                        {.bitrate_bps_max = writer.track().declared_peak_bps});
  if (!valid) valid.error().detail = writer.track().quality + ": " + valid.error().detail;
  co_return valid;
}

}  // namespace millrace::media::library
