// A publisher's bytes on their way to the worker of its stream.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/cancellation.h"
#include "core/event.h"
#include "core/result.h"
#include "core/task.h"
#include "media/worker/job_feed.h"

namespace millrace::media::worker {

/// Written by the coroutine of the connection while run_live_job(), given the same feed, runs in
/// another one of the same core. Bounded by the ring (kDownRingSize): who writes waits while the
/// worker is behind, or has not been started yet. For one job.
class LiveFeed final : public JobFeed {
 public:
  /// Takes all of `bytes`, which stay the caller's until the task is done. One write at a time.
  /// Errors: kClosed: the job has ended, or finish() was called; or the reason of `cancellation`.
  core::Task<core::Result<>> write(std::span<const std::byte> bytes,
                                   core::Cancellation* cancellation = nullptr);
  /// No byte will follow. The worker reports what it still holds, and then run_live_job() yields
  /// success. Also before the job has begun; more than once does no harm.
  void finish() noexcept;
  /// The job has ended: nothing takes bytes any more.
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  /// Wakes who writes, with kClosed. run_live_job() does so when it ends.
  void close() noexcept;
  /// Bytes taken so far from write().
  [[nodiscard]] uint64_t size() const noexcept { return size_; }

  core::Task<std::optional<JobFailure>> run(core::ShmRingWriter& ring,
                                            core::Cancellation& stop) override;
  void seek(const SeekRequest& request) noexcept override;
  void wake() noexcept override { changed_.notify_all(); }
  uint64_t progress() noexcept override;
  bool keeps_worker_waiting() noexcept override;
  bool may_end() const noexcept override { return end_sent_; }

 private:
  core::Task<core::Result<>> write_record(DownRecord type, std::span<const std::byte> bytes,
                                          core::Cancellation* cancellation);

  core::ShmRingWriter* ring_ = nullptr;  // Of the session that runs.
  core::Event changed_;                  // Only notified: for who writes and for run().
  uint64_t size_ = 0;
  uint64_t sent_size_ = 0;  // With what the ring adds.
  bool writing_ = false;
  bool finished_ = false;
  bool end_sent_ = false;
  bool seek_seen_ = false;
  bool closed_ = false;
};

}  // namespace millrace::media::worker
