#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "media/catalogue/database.h"
#include "media/catalogue/records.h"

namespace millrace::media::catalogue {

/// Whether an attempt was one of the few that a job has.
enum class Attempt : uint8_t { kCounts, kForgiven };

/// Puts a running job back into the queue.
struct JobRetry {
  int64_t job_id = 0;
  Timestamp not_before;
  std::string error;
  Attempt attempt = Attempt::kCounts;
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
  /// After the death of the server: an attempt that it cut short counts as an interruption. A
  /// server that ends in order leaves no job running.
  core::Result<> requeue_running();

 private:
  Database* database_ = nullptr;
  Statement insert_, claim_, next_time_, retry_, select_, select_all_;
  Statement delete_, delete_of_video_, requeue_;
};

}  // namespace millrace::media::catalogue
