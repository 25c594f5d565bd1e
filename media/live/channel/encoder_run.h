// One publisher and the worker that takes its bytes apart, on the home core of their stream.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/cancellation.h"
#include "core/clock.h"
#include "core/control.h"
#include "core/result.h"
#include "core/task.h"
#include "media/live/channel/rejoin.h"
#include "media/live/ingest/publisher.h"
#include "media/live/live_stream.h"
#include "media/worker/run_job.h"

namespace millrace::media::live {

/// What a run needs of the stream that it feeds.
class RunTarget {
 public:
  virtual ~RunTarget() = default;
  /// The stream; begun with these timings where this is its first run. Null: it has ended.
  virtual LiveStream* stream_for(uint32_t part_target_ms) = 0;
  /// Something was appended.
  virtual void on_progress() = 0;
  /// Where in the stream the next worker begins.
  struct Place {
    std::chrono::microseconds media_time{};
    uint32_t part_target_ms = 0;  ///< Frozen by an earlier worker; 0: none.
    uint32_t sequence = 1;        ///< mfhd of the first part of every track.
  };
  virtual Place place() const = 0;
};

/// From the first byte of a publisher until all of it is in the stream. The publisher's coroutine
/// writes, `run` goes on in another one. A worker that fails is replaced, a few times: the next one
/// takes the stream up where it can, and what was sent meanwhile is lost.
class EncoderRun final : public worker::JobOutput {
 public:
  enum class Ending : uint8_t {
    kOpen,      ///< It is still there.
    kFinished,  ///< The encoder said that it has finished.
    kLost,      ///< Its connection is gone.
    kReplaced,  ///< Another one has taken over.
  };

  /// `target` is borrowed. `spec` lacks what is of the stream: `run` is told.
  EncoderRun(RunTarget& target, worker::JobSpec spec, IngestContainer container, std::string peer);

  /// The next bytes of the publisher. Errors: kClosed, for good.
  core::Task<core::Result<>> write(std::span<const std::byte> bytes);
  /// No byte follows. The first ending is kept.
  void end(Ending ending) noexcept;

  /// Until the publisher has ended and its parts are in the stream, or no worker can go on: then
  /// nothing more is taken. Once.
  core::Task<worker::JobResult> run(core::ControlThread& control,
                                    const worker::WorkerProgram& program,
                                    core::Cancellation& cancellation);

  [[nodiscard]] Ending ending() const noexcept { return ending_; }
  /// When the publisher last sent something, or began.
  [[nodiscard]] core::MonotonicTime last_bytes() const noexcept { return last_bytes_; }
  /// mfhd of the next part of any track.
  [[nodiscard]] uint32_t next_sequence() const noexcept { return next_sequence_; }
  [[nodiscard]] const std::string& peer() const noexcept { return peer_; }
  /// Bytes of the publisher.
  [[nodiscard]] uint64_t size() const noexcept { return size_; }

 private:
  core::Task<worker::JobResult> run_once(core::ControlThread& control,
                                         const worker::WorkerProgram& program,
                                         core::Cancellation& cancellation);
  /// Whether another worker shall try, `lifetime` after the one that failed so had begun.
  bool is_worth_another(const worker::JobFailure& failure, std::chrono::nanoseconds lifetime);
  core::Task<core::Result<>> on_probe(const worker::ProbeReport& probe) override;
  core::Task<core::Result<>> on_track(const worker::CheckedTrack& track) override;
  core::Task<core::Result<>> on_part(const worker::CheckedPart& part) override;
  core::Task<core::Result<>> on_notice(const worker::Notice& notice) override;
  core::Task<core::Result<>> on_log(const worker::LogLine& line) override;

  RunTarget& target_;
  worker::JobSpec spec_;
  std::string peer_;
  std::unique_ptr<Rejoin> rejoin_;
  // Of the worker that runs. Shared with who writes into it when that worker ends.
  std::shared_ptr<worker::LiveFeed> feed_ = std::make_shared<worker::LiveFeed>();
  bool must_rejoin_ = false;  // It began in the middle, and has nothing yet.
  bool closed_ = false;       // No worker follows.
  uint32_t restarts_ = 0;     // In quick succession.
  uint64_t size_ = 0;
  LiveStream* stream_ = nullptr;    // From the probe on.
  std::vector<size_t> renditions_;  // Of the worker's tracks, by their numbers.
  uint32_t next_sequence_ = 1;
  Ending ending_ = Ending::kOpen;
  core::MonotonicTime last_bytes_;
};

}  // namespace millrace::media::live
