#include "core/line_spool.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "core/assert.h"
#include "core/log.h"
#include "core/metric_cells.h"

namespace millrace::core {

bool LineSpool::Ring::push(std::string_view line) noexcept {
  const uint64_t begin = written.load(std::memory_order_relaxed);
  if (begin + line.size() - read_at_least > kLineSpoolRingSize) {
    // Looked at only when it must have moved: it is the other thread's cache line.
    read_at_least = read.load(std::memory_order_acquire);
    if (begin + line.size() - read_at_least > kLineSpoolRingSize) return false;
  }
  const size_t offset = begin % kLineSpoolRingSize;
  const size_t first = std::min(line.size(), kLineSpoolRingSize - offset);
  std::memcpy(bytes.get() + offset, line.data(), first);
  std::memcpy(bytes.get(), line.data() + first, line.size() - first);
  written.store(begin + line.size(), std::memory_order_release);
  return true;
}

void LineSpool::Ring::pop_all(std::string& out) {
  const uint64_t begin = read.load(std::memory_order_relaxed);
  const uint64_t end = written.load(std::memory_order_acquire);
  const size_t size = end - begin;
  const size_t offset = begin % kLineSpoolRingSize;
  const size_t first = std::min(size, kLineSpoolRingSize - offset);
  out.append(bytes.get() + offset, first);
  out.append(bytes.get(), size - first);
  read.store(end, std::memory_order_release);
}

Result<std::unique_ptr<LineSpool>> LineSpool::open(const std::string& path) {
  Result<LogFile> file = LogFile::open(path, STDOUT_FILENO);
  if (!file) return std::unexpected(file.error());
  return std::unique_ptr<LineSpool>(new LineSpool(*std::move(file)));
}

LineSpool::LineSpool(LogFile file) : file_(std::move(file)) {
  // Signals are for the thread that waits for them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

LineSpool::~LineSpool() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
  for (std::atomic<Ring*>& ring : rings_) delete ring.load(std::memory_order_relaxed);
}

LineSpool::Ring& LineSpool::own_ring() {
  std::atomic<Ring*>& slot = rings_[metric_thread_number()];
  if (Ring* own = slot.load(std::memory_order_relaxed)) return *own;
  auto own = std::make_unique<Ring>();
  slot.store(own.get(), std::memory_order_release);
  return *own.release();
}

void LineSpool::push(std::string_view line) noexcept {
  Ring& ring = own_ring();
  if (ring.push(line)) return;
  ring.dropped.store(ring.dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void LineSpool::reopen() noexcept {
  const std::scoped_lock lock(mutex_);
  reopening_ = true;
}

uint64_t LineSpool::dropped_count() const noexcept {
  uint64_t count = unwritten_.load(std::memory_order_relaxed);
  for (const std::atomic<Ring*>& slot : rings_) {
    const Ring* ring = slot.load(std::memory_order_acquire);
    if (ring != nullptr) count += ring->dropped.load(std::memory_order_relaxed);
  }
  return count;
}

void LineSpool::run() {
  ::pthread_setname_np(::pthread_self(), "access-log");
  std::string batch;
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait_for(lock, kInterval, [this] { return stopping_.load(); });
    const bool last = stopping_;
    if (std::exchange(reopening_, false)) file_.reopen();
    lock.unlock();
    write_once(batch);
    if (last) return;
    lock.lock();
  }
}

void LineSpool::write_once(std::string& batch) {
  for (const std::atomic<Ring*>& slot : rings_) {
    Ring* ring = slot.load(std::memory_order_acquire);
    if (ring == nullptr) continue;
    ring->pop_all(batch);
    if (batch.empty()) continue;
    const LogFile::Written written = file_.write(batch, stopping_);
    unwritten_.fetch_add(written.lines_lost, std::memory_order_relaxed);
    tell(written);
    batch.clear();
  }
}

// Once for as long as it lasts: how many are lost is a metric.
void LineSpool::tell(const LogFile::Written& written) {
  const bool fails = written.failure.has_value();
  if (fails == std::exchange(failing_, fails)) return;
  if (fails) {
    log::event(log::Level::kError, "access_log.failing", {{"reason", *written.failure}});
  } else {
    log::event(log::Level::kInfo, "access_log.resumed");
  }
}

}  // namespace millrace::core
