#include "core/epoll/file_threads.h"

#include <pthread.h>
#include <sched.h>

#include <system_error>

#include "core/epoll/file_call.h"

namespace millrace::core::epoll {
namespace {

/// A core is bound to a CPU, which its threads for files need not be: they may use what the thread
/// may that began the process.
void leave_cores_cpu() noexcept {
  cpu_set_t set;
  if (::sched_getaffinity(::getpid(), sizeof set, &set) != 0) return;
  static_cast<void>(::pthread_setaffinity_np(::pthread_self(), sizeof set, &set));
}

}  // namespace

FileThreads::~FileThreads() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void FileThreads::start(FileJob& job) noexcept {
  bool lacks_thread = false;
  {
    const std::scoped_lock lock(mutex_);
    queued_.push_back(job);
    ++queued_count_;
    lacks_thread = queued_count_ > idle_count_ && threads_.size() < kThreadsMax;
  }
  changed_.notify_one();
  if (!lacks_thread) return;
  try {
    threads_.emplace_back([this] { work(); });
  } catch (const std::system_error&) {
    // No more threads for us: those that run do the job, or else we do it ourselves.
    if (!threads_.empty()) return;
    std::unique_lock lock(mutex_);
    job.unlink();
    --queued_count_;
    lock.unlock();
    execute(job);
  }
}

FileJob* FileThreads::take_done() noexcept {
  const std::scoped_lock lock(mutex_);
  return done_.pop_front();
}

void FileThreads::work() noexcept {
  ::pthread_setname_np(::pthread_self(), "files");
  leave_cores_cpu();
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_count_;
    changed_.wait(lock, [this] { return ending_ || !queued_.empty(); });
    --idle_count_;
    FileJob* job = queued_.pop_front();
    if (job == nullptr) return;
    --queued_count_;
    lock.unlock();
    execute(*job);
    lock.lock();
  }
}

void FileThreads::execute(FileJob& first) noexcept {
  FileJob* then = nullptr;
  for (FileJob* job = &first; job != nullptr; job = then) {
    then = job->then;  // Whoever takes a job that is done may forget it.
    job->result = job->cancelled.load(std::memory_order_relaxed) ? -ECANCELED : call(job->sqe);
    finish(*job);
  }
}

void FileThreads::finish(FileJob& job) noexcept {
  bool is_first = false;
  {
    const std::scoped_lock lock(mutex_);
    is_first = done_.empty();
    done_.push_back(job);
  }
  const uint64_t one = 1;
  if (is_first) static_cast<void>(::write(bell_.get(), &one, sizeof one));
}

}  // namespace millrace::core::epoll
