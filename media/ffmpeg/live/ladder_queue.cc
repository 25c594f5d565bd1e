#include "media/ffmpeg/live/ladder_queue.h"

#include <algorithm>
#include <utility>

namespace millrace::media::ffmpeg {
int64_t LadderQueue::span() const noexcept { return pictures_.empty() ? 0 : newest_ - popped_; }

bool LadderQueue::push(LadderPicture picture, WhenFull when_full) {
  std::unique_lock lock(mutex_);
  if (when_full == WhenFull::kWait) {
    changed_.wait(lock, [this] { return abandoned_ || span() <= kSpanMax; });
  }
  if (abandoned_) return false;
  leaving_out_ = span() > kSpanMax || (leaving_out_ && !picture.key);
  if (leaving_out_) {
    if (picture.run != nullptr) run_left_out_ = std::move(picture.run);
    return false;
  }
  if (run_left_out_ != nullptr && picture.run == nullptr) picture.run = std::move(run_left_out_);
  run_left_out_ = nullptr;
  if (pictures_.empty()) popped_ = std::min(picture.shown, std::max(popped_, newest_));
  newest_ = picture.shown;
  pictures_.push_back(std::move(picture));
  lock.unlock();
  changed_.notify_all();
  return true;
}

std::optional<LadderPicture> LadderQueue::pop() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return abandoned_ || closed_ || !pictures_.empty(); });
  if (abandoned_ || pictures_.empty()) return std::nullopt;
  LadderPicture picture = std::move(pictures_.front());
  pictures_.pop_front();
  popped_ = picture.shown;
  lock.unlock();
  changed_.notify_all();
  return picture;
}

void LadderQueue::begin_segment(const SegmentStart& start) {
  const std::scoped_lock lock(mutex_);
  if (!abandoned_) starts_.push_back(start);
}

std::optional<SegmentStart> LadderQueue::take_start(int64_t time) {
  const std::scoped_lock lock(mutex_);
  if (starts_.empty() || starts_.front().time > time) return std::nullopt;
  const SegmentStart start = starts_.front();
  starts_.pop_front();
  return start;
}

bool LadderQueue::has_start_before(int64_t time) const {
  const std::scoped_lock lock(mutex_);
  return !starts_.empty() && starts_.front().time < time;
}

void LadderQueue::close() {
  {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
}

void LadderQueue::abandon() {
  {
    const std::scoped_lock lock(mutex_);
    abandoned_ = true;
    pictures_.clear();
  }
  changed_.notify_all();
}

int64_t LadderQueue::backlog() const {
  const std::scoped_lock lock(mutex_);
  return span();
}

}  // namespace millrace::media::ffmpeg
