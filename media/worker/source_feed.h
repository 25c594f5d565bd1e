// The original on its way to a worker.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/cancellation.h"
#include "core/event.h"
#include "core/task.h"
#include "media/worker/job_feed.h"
#include "media/worker/run_job.h"

namespace millrace::media::worker {

/// Reads the slices where the worker asked for them and writes on until the ring is full. One core.
class SourceFeed final : public JobFeed {
 public:
  explicit SourceFeed(std::vector<SourceSlice> slices)
      : slices_(std::move(slices)), buffer_(kSourceReadSize) {}

  /// Failures: kSourceUnreadable, kMalformedReport.
  core::Task<std::optional<JobFailure>> run(core::ShmRingWriter& ring,
                                            core::Cancellation& stop) override;
  void seek(const SeekRequest& request) noexcept override;
  void wake() noexcept override { changed_.set(); }
  /// Records written so far: they go on only while the worker takes them.
  uint64_t progress() noexcept override { return sent_count_; }
  /// The worker waits for the disk, not the other way round.
  bool keeps_worker_waiting() noexcept override { return reading_; }
  bool may_end() const noexcept override { return true; }

 private:
  core::Task<std::optional<JobFailure>> send_next(core::ShmRingWriter& ring,
                                                  core::Cancellation& stop);
  [[nodiscard]] std::optional<SourceSlice> rest_at(uint64_t offset) const noexcept;

  std::vector<SourceSlice> slices_;
  std::vector<std::byte> buffer_;
  core::Event changed_;
  uint64_t generation_ = 0;
  uint64_t next_offset_ = 0;
  uint64_t sent_count_ = 0;
  bool reading_ = false;
};

}  // namespace millrace::media::worker
