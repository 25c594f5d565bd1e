// Frames on their way from the decoder's thread to one encoder's thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>

#include "media/ffmpeg/handles.h"

namespace millrace::media::ffmpeg {

/// Bounded by the bytes of the frames in it; one frame always fits. A small rung's queue runs empty
/// while a large one's is full: the bound decides how far the rungs may be apart.
class FrameQueue {
 public:
  explicit FrameQueue(size_t bytes_max) : bytes_max_(bytes_max) {}

  /// Waits for room. False where nobody will take the frame any more.
  bool push(FramePtr frame);
  /// Waits for a frame. Null after the last one, or once abandoned.
  FramePtr pop();
  /// No frame will follow.
  void close();
  /// The job is over: both ends stop waiting.
  void abandon();
  bool abandoned() const;

 private:
  struct Entry {
    FramePtr frame;
    size_t size;
  };

  const size_t bytes_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Entry> frames_;
  size_t bytes_ = 0;
  bool closed_ = false;
  bool abandoned_ = false;
};

}  // namespace millrace::media::ffmpeg
