#include "media/worker/heartbeat.h"

#include <time.h>

#include <chrono>

namespace millrace::media::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kInterval{250};
// A fiftieth of one CPU: less is a thread that wakes up to look around, and this one.
constexpr nanoseconds kWork = milliseconds{5};

nanoseconds cpu_time() noexcept {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + nanoseconds{time.tv_nsec};
}

}  // namespace

void Heartbeat::beat(ReportWriter& reports, const std::stop_token& stop) {
  nanoseconds reported = cpu_time();
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    stopped_.wait_for(lock, stop, kInterval, [] { return false; });
    const nanoseconds now = cpu_time();
    if (now - reported < kWork) continue;
    reported = now;
    if (!reports.write(UpRecord::kAlive, {})) return;  // The next real report meets the same error.
  }
}

}  // namespace millrace::media::worker
