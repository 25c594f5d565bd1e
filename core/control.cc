#include "core/control.h"

#include <pthread.h>

namespace millrace::core {

ControlThread::ControlThread(size_t queue_capacity)
    : capacity_(queue_capacity), thread_([this] { thread_main(); }) {}

ControlThread::~ControlThread() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  arrived_.notify_one();
  thread_.join();
}

bool ControlThread::enqueue(Mail* mail) noexcept {
  {
    const std::scoped_lock lock(mutex_);
    if (retired_ || queue_.size() >= capacity_) return false;
    queue_.push_back(mail);
  }
  arrived_.notify_one();
  return true;
}

void ControlThread::retire() noexcept {
  std::unique_lock lock(mutex_);
  retired_ = true;
  idle_.wait(lock, [this] { return queue_.empty() && !busy_; });
}

void ControlThread::thread_main() noexcept {
  ::pthread_setname_np(::pthread_self(), "control");
  std::unique_lock lock(mutex_);
  for (;;) {
    arrived_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) return;
    Mail* mail = queue_.front();
    queue_.pop_front();
    busy_ = true;
    lock.unlock();
    mail->run();
    lock.lock();
    busy_ = false;
    if (queue_.empty()) idle_.notify_all();
  }
}

}  // namespace millrace::core
