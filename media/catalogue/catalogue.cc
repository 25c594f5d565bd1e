#include "media/catalogue/catalogue.h"

#include <utility>

#include "media/catalogue/prepare_all.h"
#include "media/catalogue/schema.h"

namespace millrace::media::catalogue {

core::Result<std::unique_ptr<Catalogue>> Catalogue::open(const std::string& path) {
  FileLock lock;
  if (path != ":memory:") {
    core::Result<FileLock> taken = FileLock::take(path + ".lock");
    if (!taken) return std::unexpected(taken.error());
    lock = std::move(*taken);
  }
  core::Result<Database> database = Database::open(path);
  if (!database) return std::unexpected(database.error());
  std::unique_ptr<Catalogue> catalogue(new Catalogue(std::move(lock), std::move(*database)));
  if (const auto done = migrate(catalogue->database_); !done) return std::unexpected(done.error());
  if (const auto done = catalogue->prepare(); !done) return std::unexpected(done.error());
  if (const auto done = catalogue->recover(); !done) return std::unexpected(done.error());
  return catalogue;
}

core::Result<> Catalogue::prepare() {
  if (const auto done = videos_.prepare(database_); !done) return done;
  if (const auto done = jobs_.prepare(database_); !done) return done;
  if (const auto done = uploads_.prepare(database_); !done) return done;
  return prepare_all(database_,
                     {{&insert_removal_, "INSERT OR IGNORE INTO removals (video_id) VALUES (?1)"},
                      {&select_removals_, "SELECT video_id FROM removals ORDER BY video_id"},
                      {&delete_removal_, "DELETE FROM removals WHERE video_id = ?1"}});
}

core::Result<> Catalogue::recover() {
  auto transaction = Transaction::begin(database_, Durability::kProcess);
  if (!transaction) return std::unexpected(transaction.error());
  if (const auto done = jobs_.requeue_running(); !done) return done;
  if (const auto done = videos_.requeue_processing(); !done) return done;
  return transaction->commit();
}

VideoChange Catalogue::change_of(VideoRecord video) {
  VideoChange change{.revision = ++revision_, .id = video.id, .video = nullptr};
  change.video = std::make_shared<const VideoRecord>(std::move(video));
  return change;
}

core::Result<std::vector<VideoChange>> Catalogue::load_videos() {
  core::Result<std::vector<VideoRecord>> videos = videos_.load();
  if (!videos) return std::unexpected(videos.error());
  std::vector<VideoChange> changes;
  changes.reserve(videos->size());
  for (VideoRecord& video : *videos) changes.push_back(change_of(std::move(video)));
  return changes;
}

core::Result<VideoChange> Catalogue::accept_video(const NewVideo& accepted) {
  const VideoRecord& video = accepted.video;
  auto transaction = Transaction::begin(database_, Durability::kMachine);
  if (!transaction) return std::unexpected(transaction.error());
  if (const auto done = videos_.insert(video); !done) return std::unexpected(done.error());
  const core::Result<int64_t> job = jobs_.add({.video_id = video.id,
                                               .kind = accepted.job,
                                               .priority = accepted.priority,
                                               .created = video.created});
  if (!job) return std::unexpected(job.error());
  if (const auto done = uploads_.complete(video.id, video.size); !done) {
    return std::unexpected(done.error());
  }
  if (const auto done = transaction->commit(); !done) return std::unexpected(done.error());
  return change_of(video);
}

core::Result<VideoChange> Catalogue::update_video(std::string_view id, const VideoEdit& edit) {
  auto transaction = Transaction::begin(database_, Durability::kProcess);
  if (!transaction) return std::unexpected(transaction.error());
  core::Result<VideoRecord> video = videos_.find(id);
  if (!video) return std::unexpected(video.error());
  const Timestamp created = video->created;
  edit(*video);
  video->id = std::string(id);
  video->created = created;
  if (const auto done = videos_.update(*video); !done) return std::unexpected(done.error());
  if (const auto done = transaction->commit(); !done) return std::unexpected(done.error());
  return change_of(std::move(*video));
}

core::Result<VideoChange> Catalogue::remove_video(std::string_view id) {
  auto transaction = Transaction::begin(database_, Durability::kMachine);
  if (!transaction) return std::unexpected(transaction.error());
  if (const auto done = jobs_.remove_of_video(id); !done) return std::unexpected(done.error());
  if (const auto done = videos_.remove(id); !done) return std::unexpected(done.error());
  if (const auto done = uploads_.remove(id); !done) return std::unexpected(done.error());
  if (const auto done = insert_removal_.execute(id); !done) return std::unexpected(done.error());
  if (const auto done = transaction->commit(); !done) return std::unexpected(done.error());
  return VideoChange{.revision = ++revision_, .id = std::string(id), .video = nullptr};
}

core::Result<std::vector<std::string>> Catalogue::pending_removals() {
  std::vector<std::string> ids;
  Execution rows = select_removals_.run();
  for (;;) {
    const core::Result<bool> next = rows.step();
    if (!next) return std::unexpected(next.error());
    if (!*next) return ids;
    ids.push_back(rows.text(0));
  }
}

core::Result<> Catalogue::finish_removal(std::string_view id) {
  return delete_removal_.execute(id);
}

core::Result<VideoChange> Catalogue::finish_job(int64_t job_id, const VideoEdit& outcome) {
  auto transaction = Transaction::begin(database_, Durability::kMachine);
  if (!transaction) return std::unexpected(transaction.error());
  const core::Result<JobRecord> job = jobs_.find(job_id);
  if (!job) return std::unexpected(job.error());
  core::Result<VideoRecord> video = videos_.find(job->video_id);
  if (!video) return std::unexpected(video.error());
  const Timestamp created = video->created;
  outcome(*video);
  video->id = job->video_id;
  video->created = created;
  if (const auto done = videos_.update(*video); !done) return std::unexpected(done.error());
  if (const auto done = jobs_.remove(job_id); !done) return std::unexpected(done.error());
  if (const auto done = transaction->commit(); !done) return std::unexpected(done.error());
  return change_of(std::move(*video));
}

core::Result<> Catalogue::create_upload(const UploadRecord& upload) {
  auto transaction = Transaction::begin(database_, Durability::kMachine);
  if (!transaction) return std::unexpected(transaction.error());
  if (const auto done = uploads_.insert(upload); !done) return done;
  return transaction->commit();
}

}  // namespace millrace::media::catalogue
