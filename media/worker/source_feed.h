// The original on its way to a worker.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/cancellation.h"
#include "core/event.h"
#include "core/shm_ring.h"
#include "core/task.h"
#include "media/worker/failure.h"
#include "media/worker/records.h"
#include "media/worker/run_job.h"

namespace millrace::media::worker {

/// Reads the slices where the worker asked for them and writes on until the ring is full. One core.
class SourceFeed {
 public:
  SourceFeed(core::ShmRingWriter& ring, std::vector<SourceSlice> slices)
      : ring_(ring), slices_(std::move(slices)), buffer_(kSourceReadSize) {}

  /// The worker wants the bytes from there; those of the last request are void.
  void seek(const SeekRequest& request) noexcept;
  /// There may be room in the ring.
  void wake() noexcept { changed_.set(); }
  /// Until `stop` is requested or a failure, which it yields: kSourceUnreadable, kMalformedReport.
  core::Task<std::optional<JobFailure>> run(core::Cancellation& stop);
  /// Records written so far: they go on only while the worker takes them.
  [[nodiscard]] uint64_t sent_count() const noexcept { return sent_count_; }
  /// The worker waits for the disk, not the other way round.
  [[nodiscard]] bool reading() const noexcept { return reading_; }

 private:
  core::Task<std::optional<JobFailure>> send_next(core::Cancellation& stop);
  [[nodiscard]] std::optional<SourceSlice> rest_at(uint64_t offset) const noexcept;

  core::ShmRingWriter& ring_;
  std::vector<SourceSlice> slices_;
  std::vector<std::byte> buffer_;
  core::Event changed_;
  uint64_t generation_ = 0;
  uint64_t next_offset_ = 0;
  uint64_t sent_count_ = 0;
  bool reading_ = false;
};

}  // namespace millrace::media::worker
