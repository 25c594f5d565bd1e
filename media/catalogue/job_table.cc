#include "media/catalogue/job_table.h"

#include <utility>

#include "media/catalogue/columns.h"
#include "media/catalogue/prepare_all.h"

namespace millrace::media::catalogue {
namespace {

#define MR_JOB_COLUMNS                                                                            \
  "id, video_id, kind, target, priority, state, attempts, interruptions, not_before, last_error," \
  " created"

core::Result<JobRecord> read_job(const Execution& row) {
  RowReader reader(row);
  JobRecord job;
  reader.integer(job.id);
  job.video_id = reader.text();
  reader.word(job.kind);
  job.target = reader.text();
  reader.integer(job.priority);
  reader.word(job.state);
  reader.integer(job.attempts);
  reader.integer(job.interruptions);
  job.not_before = reader.time();
  job.last_error = reader.text();
  job.created = reader.time();
  if (reader.failed()) {
    return core::fail(core::ErrorCode::kMalformed, "unknown word in a row of jobs");
  }
  return job;
}

}  // namespace

core::Result<> JobTable::prepare(Database& database) {
  database_ = &database;
  return prepare_all(
      database, {{&insert_,
                  "INSERT INTO jobs (video_id, kind, target, priority, state, attempts, not_before,"
                  " last_error, created) VALUES (?1, ?2, ?3, ?4, 'queued', 0, ?5, ?6, ?7)"},
                 {&claim_,
                  "UPDATE jobs SET state = 'running', attempts = attempts + 1 WHERE id = ("
                  "SELECT id FROM jobs WHERE state = 'queued' AND not_before <= ?1 "
                  "ORDER BY created - 60000 * priority, id LIMIT 1) RETURNING " MR_JOB_COLUMNS},
                 {&next_time_, "SELECT min(not_before) FROM jobs WHERE state = 'queued'"},
                 {&retry_,
                  "UPDATE jobs SET state = 'queued', not_before = ?2, last_error = ?3,"
                  " attempts = max(attempts - ?4, 0) WHERE id = ?1"},
                 {&select_, "SELECT " MR_JOB_COLUMNS " FROM jobs WHERE id = ?1"},
                 {&select_all_,
                  "SELECT " MR_JOB_COLUMNS " FROM jobs ORDER BY created - 60000 * priority, id"},
                 {&delete_, "DELETE FROM jobs WHERE id = ?1"},
                 {&delete_of_video_, "DELETE FROM jobs WHERE video_id = ?1"},
                 {&requeue_,
                  "UPDATE jobs SET state = 'queued', attempts = max(attempts - 1, 0),"
                  " interruptions = interruptions + 1 "
                  "WHERE state = 'running'"}});
}

core::Result<int64_t> JobTable::add(const JobRecord& job) {
  const core::Result<> done =
      insert_.execute(job.video_id, to_string(job.kind), job.target, job.priority,
                      to_column(job.not_before), job.last_error, to_column(job.created));
  if (!done) return std::unexpected(done.error());
  return database_->last_row_id();
}

core::Result<std::optional<JobRecord>> JobTable::claim(Timestamp now) {
  Execution row = claim_.run(to_column(now));
  const core::Result<bool> found = row.step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::optional<JobRecord>();
  core::Result<JobRecord> job = read_job(row);
  if (!job) return std::unexpected(job.error());
  // The change is committed when the statement has run to its end.
  if (const core::Result<bool> end = row.step(); !end) return std::unexpected(end.error());
  return std::optional(std::move(*job));
}

core::Result<std::optional<Timestamp>> JobTable::next_time() {
  Execution row = next_time_.run();
  const core::Result<bool> found = row.step();
  if (!found) return std::unexpected(found.error());
  if (!*found || row.is_null(0)) return std::optional<Timestamp>();
  return std::optional(timestamp_of(row.integer(0)));
}

core::Result<> JobTable::retry(const JobRetry& retry) {
  const core::Result<> done = retry_.execute(retry.job_id, to_column(retry.not_before), retry.error,
                                             retry.attempt == Attempt::kForgiven ? 1 : 0);
  if (!done) return done;
  if (database_->changed_row_count() == 0) {
    return core::fail(core::ErrorCode::kNotFound, "no such job");
  }
  return {};
}

core::Result<JobRecord> JobTable::find(int64_t id) {
  Execution row = select_.run(id);
  const core::Result<bool> found = row.step();
  if (!found) return std::unexpected(found.error());
  if (!*found) return core::fail(core::ErrorCode::kNotFound, "no such job");
  return read_job(row);
}

core::Result<std::vector<JobRecord>> JobTable::load() {
  std::vector<JobRecord> jobs;
  Execution rows = select_all_.run();
  for (;;) {
    const core::Result<bool> next = rows.step();
    if (!next) return std::unexpected(next.error());
    if (!*next) return jobs;
    core::Result<JobRecord> job = read_job(rows);
    if (!job) return std::unexpected(job.error());
    jobs.push_back(std::move(*job));
  }
}

core::Result<> JobTable::remove(int64_t id) { return delete_.execute(id); }

core::Result<> JobTable::remove_of_video(std::string_view video_id) {
  return delete_of_video_.execute(video_id);
}

core::Result<> JobTable::requeue_running() { return requeue_.execute(); }

}  // namespace millrace::media::catalogue
