// What brings a job its source: a file that is read where the worker asks, or a publisher's bytes.
#pragma once

#include <optional>

#include "core/cancellation.h"
#include "core/shm_ring.h"
#include "core/task.h"
#include "media/worker/failure.h"
#include "media/worker/records.h"

namespace millrace::media::worker {

/// The server's end of the ring to the worker, as one session uses it. One core.
class JobFeed {
 public:
  virtual ~JobFeed() = default;

  /// Until `stop` is requested or a failure, which it yields. `ring` is borrowed meanwhile.
  virtual core::Task<std::optional<JobFailure>> run(core::ShmRingWriter& ring,
                                                    core::Cancellation& stop) = 0;
  /// The worker wants the bytes from there; those of the last request are void.
  virtual void seek(const SeekRequest& request) noexcept = 0;
  /// There may be room in the ring.
  virtual void wake() noexcept = 0;
  /// Grows while the worker takes what it is sent.
  [[nodiscard]] virtual uint64_t progress() noexcept = 0;
  /// The worker has nothing to do: its silence is no fault of its own.
  [[nodiscard]] virtual bool keeps_worker_waiting() noexcept = 0;
  /// The worker may say that it is done.
  [[nodiscard]] virtual bool may_end() const noexcept = 0;
};

}  // namespace millrace::media::worker
