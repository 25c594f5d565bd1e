// Many lines a second, from the cores to one file: an access log.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "core/limits.h"
#include "core/log_file.h"
#include "core/result.h"

namespace millrace::core {

/// Each thread that pushes has a ring of its own, so that no two cores write one cache line and no
/// core waits; one thread comes by every kInterval and writes what is there. What finds its ring
/// full is counted and dropped. Lines of one thread keep their order.
class LineSpool {
 public:
  static constexpr std::chrono::milliseconds kInterval{20};

  /// An empty path is standard output. Errors: those of open(2).
  static Result<std::unique_ptr<LineSpool>> open(const std::string& path);
  LineSpool(const LineSpool&) = delete;
  /// Writes what is left, unless nobody reads it; every thread that pushes has ended.
  ~LineSpool();

  /// Any thread; never blocks. `line` ends with its line feed.
  void push(std::string_view line) noexcept;
  /// Opens the file again under its name, after it was rotated away.
  void reopen() noexcept;
  /// Lines that were not written, since this was made.
  uint64_t dropped_count() const noexcept;

 private:
  /// Positions only grow; a byte lies at its position modulo the size.
  struct Ring {
    alignas(64) std::atomic<uint64_t> written = 0;  // By its thread, as the next two.
    std::atomic<uint64_t> dropped = 0;
    uint64_t read_at_least = 0;
    alignas(64) std::atomic<uint64_t> read = 0;  // By the writing thread.
    std::unique_ptr<char[]> bytes = std::make_unique_for_overwrite<char[]>(kLineSpoolRingSize);

    bool push(std::string_view line) noexcept;
    void pop_all(std::string& out);
  };

  explicit LineSpool(LogFile file);
  Ring& own_ring();
  void run();
  void write_once(std::string& batch);
  void tell(const LogFile::Written& written);

  LogFile file_;  // Of the writing thread, once it runs.
  std::array<std::atomic<Ring*>, kMetricThreadsMax> rings_{};
  std::atomic<uint64_t> unwritten_ = 0;
  std::mutex mutex_;  // Of the writing thread and whoever stops it; never of one that pushes.
  std::condition_variable changed_;
  std::atomic<bool> stopping_ = false;
  bool reopening_ = false;
  bool failing_ = false;  // Of the writing thread.
  std::thread thread_;
};

}  // namespace millrace::core
