// Not spdlog: the queue of its asynchronous logger takes a mutex, so that a core that logs could
// wait for the thread that writes, and 1.10 cannot count what it drops.
#include "core/log.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <thread>

#include "core/assert.h"
#include "core/log_file.h"
#include "core/log_line.h"
#include "core/log_queue.h"

namespace millrace::core::log {
namespace {

/// One write(2) takes about this much, so that a burst does not cost a call a line.
constexpr size_t kBatchSize = 64 * 1024;

class Writer {
 public:
  Writer(LogFormat format, LogFile file) : format_(format), file_(std::move(file)) {
    // Signals are for the thread that waits for them.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  ~Writer() {
    stopping_.store(true, std::memory_order_release);
    wake();
    thread_.join();
  }

  LogFormat format() const noexcept { return format_; }

  void push(std::string_view line) noexcept;

  void reopen() noexcept {
    reopening_.store(true, std::memory_order_release);
    wake();
  }

 private:
  void wake() noexcept {
    wakes_.fetch_add(1, std::memory_order_release);
    wakes_.notify_one();
  }
  void run();
  void write_batch(std::string& batch);
  void append_drops(std::string& batch);

  const LogFormat format_;
  LogFile file_;  // Used by the thread only, once it runs.
  uint64_t drops_reported_ = dropped_count();
  LineQueue queue_;
  std::atomic<uint32_t> wakes_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> reopening_ = false;
  std::thread thread_;
};

// A log is one for a process by its nature: what fails anywhere must be able to say so.
std::atomic<Level> threshold = Level::kInfo;
std::atomic<Writer*> current_writer = nullptr;
std::atomic<uint64_t> drops = 0;

void Writer::push(std::string_view line) noexcept {
  if (queue_.push(line)) {
    wake();
  } else {
    drops.fetch_add(1, std::memory_order_relaxed);
  }
}

void Writer::run() {
  std::string batch;
  while (true) {
    const uint32_t seen = wakes_.load(std::memory_order_acquire);
    const bool stopping = stopping_.load(std::memory_order_acquire);
    if (reopening_.exchange(false, std::memory_order_acq_rel)) file_.reopen();
    while (queue_.pop(batch)) {
      if (batch.size() >= kBatchSize) write_batch(batch);
    }
    append_drops(batch);
    write_batch(batch);
    if (stopping) return;
    wakes_.wait(seen, std::memory_order_acquire);
  }
}

void Writer::write_batch(std::string& batch) {
  const LogFile::Written written = file_.write(batch, stopping_);
  drops.fetch_add(written.lines_lost, std::memory_order_relaxed);
  batch.clear();
}

void Writer::append_drops(std::string& batch) {
  const uint64_t now = drops.load(std::memory_order_relaxed);
  if (now == drops_reported_) return;
  std::string line;
  format_line(line, format_,
              {.time = std::chrono::system_clock::now(), .level = Level::kWarning,
               .name = "log.dropped"},
              {{"events", now - drops_reported_}});
  drops_reported_ = now;
  batch += line;
}

}  // namespace

bool enabled(Level level) noexcept { return level >= threshold.load(std::memory_order_relaxed); }

void set_level(Level least) noexcept { threshold.store(least, std::memory_order_relaxed); }

void event(Level level, std::string_view name, Fields fields) noexcept {
  if (!enabled(level)) return;
  Writer* writer = current_writer.load(std::memory_order_acquire);
  // Kept by the thread, so that a line costs no allocation once it was this long.
  thread_local std::string line;
  format_line(line, writer != nullptr ? writer->format() : LogFormat::kText,
              {.time = std::chrono::system_clock::now(), .level = level, .name = name}, fields);
  if (writer != nullptr) {
    writer->push(line);
  } else {
    (void)write_fully(STDERR_FILENO, line);  // Nowhere is left to report a failure to.
  }
}

Result<> start(const LogConfig& config) {
  MR_ASSERT(current_writer.load(std::memory_order_relaxed) == nullptr);
  Result<LogFile> file = LogFile::open(config.file, STDERR_FILENO);
  if (!file) return std::unexpected(file.error());
  set_level(config.level);
  auto writer = std::make_unique<Writer>(config.format, *std::move(file));
  current_writer.store(writer.release(), std::memory_order_release);
  return {};
}

void stop() noexcept {
  const std::unique_ptr<Writer> writer(
      current_writer.exchange(nullptr, std::memory_order_acq_rel));
}

void reopen() noexcept {
  if (Writer* writer = current_writer.load(std::memory_order_acquire)) writer->reopen();
}

uint64_t dropped_count() noexcept { return drops.load(std::memory_order_relaxed); }

}  // namespace millrace::core::log
