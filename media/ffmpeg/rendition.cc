#include "media/ffmpeg/rendition.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "media/ffmpeg/encode_audio.h"
#include "media/ffmpeg/encode_video.h"

namespace millrace::media::ffmpeg {
namespace {

// A step is a tenth less of a contended core: enough among siblings, and the large rung of a job
// still holds its own against the rest of the machine.
constexpr int kNicePerStep = 1;
constexpr int kNiceMax = 19;

/// `work` is one of the two encode functions.
template <class Rendition>
void run(Outcome<> (*work)(const Rendition&, FrameQueue&, Outlet&), const Rendition& rendition,
         FrameQueue& frames, Outlet& outlet) {
  if (auto done = work(rendition, frames, outlet); !done) outlet.fail(std::move(done.error()));
  frames.abandon();
}

}  // namespace

RenditionThread::RenditionThread(const VideoRendition& rendition, size_t queue_bytes_max,
                                 Outlet& outlet)
    : frames_(queue_bytes_max), thread_([this, rendition, &outlet] {
        lower_thread_priority(rendition.yield_steps);
        run(&encode_video, rendition, frames_, outlet);
      }) {}

RenditionThread::RenditionThread(const AudioRendition& rendition, size_t queue_bytes_max,
                                 Outlet& outlet)
    : frames_(queue_bytes_max),
      thread_([this, rendition, &outlet] { run(&encode_audio, rendition, frames_, outlet); }) {}

RenditionThread::~RenditionThread() {
  frames_.abandon();
  join();
}

void RenditionThread::join() {
  if (thread_.joinable()) thread_.join();
}

void lower_thread_priority(int steps) {
  if (steps <= 0) return;
  // Linux keeps a nice value for each thread; 0 is the calling one, the only one that the sandbox
  // lets be changed.
  const int now = getpriority(PRIO_PROCESS, 0);
  static_cast<void>(setpriority(PRIO_PROCESS, 0, std::min(kNiceMax, now + steps * kNicePerStep)));
}

}  // namespace millrace::media::ffmpeg
