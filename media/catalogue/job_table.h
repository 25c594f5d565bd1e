#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "media/catalogue/database.h"
#include "media/catalogue/records.h"

namespace millrace::media::catalogue {

/// Puts a failed attempt back into the queue.
struct JobRetry {
  int64_t job_id = 0;
  Timestamp not_before;
  std::string error;
};

/// Rows of `jobs`: queued and running ones only.
class JobTable {
 public:
  core::Result<> prepare(Database& database);

  /// The id, state and attempts of `job` are ignored: it is new and queued. Yields its id.
  core::Result<int64_t> add(const JobRecord& job);
  core::Result<std::optional<JobRecord>> claim(Timestamp now);
  core::Result<std::optional<Timestamp>> next_time();
  core::Result<> retry(const JobRetry& retry);
  core::Result<JobRecord> find(int64_t id);
  core::Result<std::vector<JobRecord>> load();
  core::Result<> remove(int64_t id);
  core::Result<> remove_of_video(std::string_view video_id);
  /// After the end of the server, however it came: an attempt that it cut short does not count.
  core::Result<> requeue_running();

 private:
  Database* database_ = nullptr;
  Statement insert_, claim_, next_time_, retry_, select_, select_all_;
  Statement delete_, delete_of_video_, requeue_;
};

}  // namespace millrace::media::catalogue
