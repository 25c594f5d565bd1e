// One rendition in the making: a queue, a thread, an encoder and a track.
#pragma once

#include <cstdint>
#include <thread>

#include "media/ffmpeg/frame_queue.h"
#include "media/ffmpeg/outlet.h"
#include "media/ffmpeg/video_encoder.h"

namespace millrace::media::ffmpeg {

/// What every rendition of a job cuts its fragments by: the key frames of the video, also for
/// sound.
struct FragmentClock {
  FrameGrid grid;
  int64_t frames_per_gop = 60;
  uint32_t fragment_count_expected = 0;
};

struct VideoRendition {
  LadderRung rung;
  FragmentClock clock;
  fmp4::Colour colour;
  int thread_count = 1;
  int yield_steps = 0;  ///< How many smaller renditions go first; see lower_thread_priority().
};

struct AudioRendition {
  worker::AudioSpec spec;
  FragmentClock clock;
};

/// Owns the thread. A failure goes to the outlet and abandons the queue, so that whoever feeds it
/// stops too.
class RenditionThread {
 public:
  /// Frames of the rung's size, `pts` counting frames from 0.
  RenditionThread(const VideoRendition& rendition, size_t queue_bytes_max, Outlet& outlet);
  /// Frames of stereo float PCM at 48 kHz, of any length, without gaps.
  RenditionThread(const AudioRendition& rendition, size_t queue_bytes_max, Outlet& outlet);
  RenditionThread(const RenditionThread&) = delete;
  RenditionThread& operator=(const RenditionThread&) = delete;
  /// Ends the thread whether or not it was done.
  ~RenditionThread();

  FrameQueue& frames() noexcept { return frames_; }
  /// Waits until everything in the queue is encoded and reported. Close the queue before.
  void join();

 private:
  FrameQueue frames_;
  std::thread thread_;
};

/// Makes the calling thread, and those it starts, give way to its siblings: the small rungs make
/// the first segments, and the large ones take what is left. Where the system refuses, nothing
/// changes.
void lower_thread_priority(int steps);

}  // namespace millrace::media::ffmpeg
