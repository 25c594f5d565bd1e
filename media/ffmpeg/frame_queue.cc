#include "media/ffmpeg/frame_queue.h"

#include <utility>

namespace millrace::media::ffmpeg {
namespace {

size_t byte_size(const AVFrame& frame) noexcept {
  size_t size = 0;
  for (const AVBufferRef* buffer : frame.buf) {
    if (buffer != nullptr) size += static_cast<size_t>(buffer->size);
  }
  return size;
}

}  // namespace

bool FrameQueue::push(FramePtr frame) {
  const size_t size = byte_size(*frame);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return abandoned_ || frames_.empty() || bytes_ + size <= bytes_max_; });
  if (abandoned_) return false;
  frames_.push_back({std::move(frame), size});
  bytes_ += size;
  lock.unlock();
  changed_.notify_all();
  return true;
}

FramePtr FrameQueue::pop() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return abandoned_ || closed_ || !frames_.empty(); });
  if (abandoned_ || frames_.empty()) return nullptr;
  Entry entry = std::move(frames_.front());
  frames_.pop_front();
  bytes_ -= entry.size;
  lock.unlock();
  changed_.notify_all();
  return std::move(entry.frame);
}

void FrameQueue::close() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

void FrameQueue::abandon() {
  {
    const std::scoped_lock lock(mutex_);
    abandoned_ = true;
    frames_.clear();
  }
  changed_.notify_all();
}

bool FrameQueue::abandoned() const {
  const std::scoped_lock lock(mutex_);
  return abandoned_;
}

}  // namespace millrace::media::ffmpeg
