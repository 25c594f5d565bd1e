// Where the threads of one job meet: their reports to the Sink, and the first failure of any.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>

#include "media/ffmpeg/outcome.h"
#include "media/worker/job.h"

namespace millrace::media::ffmpeg {

/// Borrows the sink. Every call may come from any thread. Once the job has failed, no report passes
/// any more: each call says why the job ended.
class Outlet {
 public:
  explicit Outlet(worker::Sink& sink) : sink_(sink) {}
  Outlet(const Outlet&) = delete;
  Outlet& operator=(const Outlet&) = delete;

  Outcome<> probe(const worker::ProbeReport& report);
  Outcome<> source_length(const worker::SourceLength& length);
  /// Numbers the track in the order of the announcements and yields the number.
  Outcome<uint32_t> announce(worker::TrackReport report);
  /// For a track that was announced before, and has another format from its next part on.
  Outcome<> announce_again(const worker::TrackReport& report);
  Outcome<> part(const worker::PartReport& report);
  Outcome<> notice(const worker::Notice& notice);
  Outcome<> fragment(const worker::FragmentReport& report);
  Outcome<> track_done(uint32_t track);
  Outcome<> image(const worker::ImageReport& report);
  Outcome<> progress(const worker::Progress& progress);
  void log(worker::LogLevel level, std::string_view text) { sink_.log(level, text); }

  /// Ends the job; only the first failure counts.
  void fail(JobFailure failure);
  bool failed() const noexcept { return failed_.load(std::memory_order_acquire); }
  /// The first failure, or success.
  Outcome<> verdict() const;

 private:
  template <class Report>
  Outcome<> pass(Report&& report);

  worker::Sink& sink_;
  // libav's encoders are threads of their own here, unlike the cores of the server.
  mutable std::mutex mutex_;
  uint32_t tracks_ = 0;
  std::optional<JobFailure> failure_;
  std::atomic<bool> failed_ = false;
};

}  // namespace millrace::media::ffmpeg
