// The durable list of videos, jobs and uploads: one SQLite file. It blocks, so that only the
// control thread uses it; cores read their CatalogueView instead.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "media/catalogue/database.h"
#include "media/catalogue/file_lock.h"
#include "media/catalogue/job_table.h"
#include "media/catalogue/records.h"
#include "media/catalogue/upload_table.h"
#include "media/catalogue/video_table.h"

namespace millrace::media::catalogue {

/// A complete file, and the work that it needs.
struct NewVideo {
  VideoRecord video;
  JobKind job = JobKind::kTranscode;
  int32_t priority = 0;
};

/// Changes a video inside a transaction; must not call the catalogue.
using VideoEdit = std::function<void(VideoRecord&)>;

class Catalogue {
 public:
  /// Opens or creates the file, migrates it, and repairs what a crash left: a running job is queued
  /// again, one interruption older, its video with it, and formats that were being made are
  /// dropped. Errors: kMalformed (damaged, or not a catalogue), kUnsupported (made by a
  /// newer millrace), kConflict (another server uses it: two would undo each other's repairs),
  /// kNoSpace, kOs.
  static core::Result<std::unique_ptr<Catalogue>> open(const std::string& path);

  /// All videos, to fill the cores' views at start.
  core::Result<std::vector<VideoChange>> load_videos();

  /// The last step of an upload: video, job, and the upload's end, in one durable transaction.
  /// kConflict: a video of that id exists.
  core::Result<VideoChange> accept_video(const NewVideo& accepted);
  /// kNotFound: no such video. The id and the time of creation cannot be changed.
  core::Result<VideoChange> update_video(std::string_view id, const VideoEdit& edit);
  /// Forgets the video with its jobs and upload, and remembers that its files must go.
  core::Result<VideoChange> remove_video(std::string_view id);
  /// Videos whose files may still be there; finish_removal() when they are not.
  core::Result<std::vector<std::string>> pending_removals();
  core::Result<> finish_removal(std::string_view id);

  core::Result<int64_t> add_job(const JobRecord& job) { return jobs_.add(job); }
  /// The next job that may start now, already marked as running; empty when there is none.
  core::Result<std::optional<JobRecord>> claim_job(Timestamp now) { return jobs_.claim(now); }
  /// When a queued job may start; empty when none is queued.
  core::Result<std::optional<Timestamp>> next_job_time() { return jobs_.next_time(); }
  core::Result<> retry_job(const JobRetry& retry) { return jobs_.retry(retry); }
  /// Ends the job and tells the video its outcome, in one transaction. kNotFound: no such job.
  core::Result<VideoChange> finish_job(int64_t job_id, const VideoEdit& outcome);
  core::Result<std::vector<JobRecord>> load_jobs() { return jobs_.load(); }

  /// Durable before it returns: a 201 promises that the upload can be resumed.
  core::Result<> create_upload(const UploadRecord& upload);
  core::Result<UploadRecord> find_upload(std::string_view id) { return uploads_.find(id); }
  core::Result<> update_upload(const UploadRecord& upload) { return uploads_.update(upload); }
  core::Result<uint64_t> count_unfinished_uploads() { return uploads_.count_receiving(); }
  core::Result<std::vector<UploadRecord>> load_uploads() { return uploads_.load(); }
  core::Result<> forget_uploads(Timestamp expired_before) {
    return uploads_.forget(expired_before);
  }

  Database& database() { return database_; }

 private:
  Catalogue(FileLock lock, Database database)
      : lock_(std::move(lock)), database_(std::move(database)) {}
  core::Result<> prepare();
  core::Result<> recover();
  VideoChange change_of(VideoRecord video);

  FileLock lock_;
  Database database_;
  VideoTable videos_;
  JobTable jobs_;
  UploadTable uploads_;
  Statement insert_removal_, select_removals_, delete_removal_;
  uint64_t revision_ = 0;
};

}  // namespace millrace::media::catalogue
