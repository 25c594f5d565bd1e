// A file that is being served.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "core/clock.h"
#include "core/unique_fd.h"

namespace millrace::http {

/// A file opened for reading, shared by every response that sends from it. Immutable: nothing reads
/// through the descriptor's own position. Its bytes may grow while it is shared, but a byte that is
/// within `size` never changes, since sendfile sends live pages.
class OpenFile {
 public:
  OpenFile(core::UniqueFd fd, uint64_t size) : fd_(std::move(fd)), size_(size) {}
  OpenFile(core::UniqueFd fd, uint64_t size, std::string etag,
           std::chrono::system_clock::time_point modified)
      : fd_(std::move(fd)), size_(size), etag_(std::move(etag)), modified_(modified) {}

  int fd() const noexcept { return fd_.get(); }
  uint64_t size() const noexcept { return size_; }
  /// As in the ETag field, with quotes; "" when whoever opened the file gave none.
  const std::string& etag() const noexcept { return etag_; }
  std::chrono::system_clock::time_point modified() const noexcept { return modified_; }

  /// Until when it is taken to be in the page cache. Any core may read and set it; it is set once a
  /// second at most.
  core::MonotonicTime resident_until() const noexcept {
    return core::MonotonicTime(
        core::MonotonicTime::duration(resident_until_.load(std::memory_order_relaxed)));
  }
  /// It is memory, and never anything else: nobody needs to look.
  bool stays_resident() const noexcept { return resident_until() == core::MonotonicTime::max(); }
  void set_resident_until(core::MonotonicTime when) const noexcept {
    resident_until_.store(when.time_since_epoch().count(), std::memory_order_relaxed);
  }

 private:
  core::UniqueFd fd_;
  uint64_t size_;
  std::string etag_;
  std::chrono::system_clock::time_point modified_;
  mutable std::atomic<core::MonotonicTime::rep> resident_until_{0};
};

/// `size` bytes of `file` from `offset`. Holding it keeps the descriptor open.
struct FileSlice {
  std::shared_ptr<const OpenFile> file;
  uint64_t offset = 0;
  uint64_t size = 0;
};

}  // namespace millrace::http
