// How the server tells a worker that is slow from one that is stuck.
#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "media/worker/report_writer.h"

namespace millrace::media::worker {

/// While it lives, reports kAlive several times a second as long as this process gets CPU time. An
/// encoder may take minutes over the frames it still holds, with nothing to report; a process that
/// is blocked for ever takes none. One that spins for ever is ended by the server's longer limit.
class Heartbeat {
 public:
  /// `reports` is borrowed. Throws std::system_error where no thread can be had.
  explicit Heartbeat(ReportWriter& reports)
      : thread_([this, &reports](const std::stop_token& stop) { beat(reports, stop); }) {}

 private:
  void beat(ReportWriter& reports, const std::stop_token& stop);

  std::mutex mutex_;
  std::condition_variable_any stopped_;
  std::jthread thread_;  // The last member: it uses the others.
};

}  // namespace millrace::media::worker
