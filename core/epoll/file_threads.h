// The threads on which a core without io_uring works on files.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "core/epoll/under_way.h"
#include "core/unique_fd.h"

namespace millrace::core::epoll {

/// A few threads of one ring, started when there is a job and none is free. The queue is as long as
/// the operations that wait, each of which brings the memory for its place in it. Two threads meet
/// under the mutex; the ring's holds it for a few instructions.
class FileThreads {
 public:
  /// Four: an fsync of a slow disk, and a read beside it for viewers, twice.
  static constexpr size_t kThreadsMax = 4;

  /// `bell` is an eventfd, rung when the first job is done of those not yet taken.
  explicit FileThreads(UniqueFd bell) noexcept : bell_(std::move(bell)) {}
  /// Waits for the jobs that were started.
  ~FileThreads();

  /// Starts `job` and then those that follow it (`then`), in order.
  void start(FileJob& job) noexcept;
  /// A job that is done, or null.
  [[nodiscard]] FileJob* take_done() noexcept;
  [[nodiscard]] int bell() const noexcept { return bell_.get(); }

 private:
  void work() noexcept;
  void execute(FileJob& first) noexcept;
  void finish(FileJob& job) noexcept;

  const UniqueFd bell_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  IntrusiveList<FileJob> queued_;
  IntrusiveList<FileJob> done_;
  size_t queued_count_ = 0;
  size_t idle_count_ = 0;
  bool ending_ = false;
};

}  // namespace millrace::core::epoll
