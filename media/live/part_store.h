// Memory for the parts of live streams.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "core/result.h"
#include "core/unique_fd.h"
#include "http/open_file.h"

namespace millrace::media::live {

/// The bytes of one segment, part behind part, in a file that only grows: the segment is the
/// concatenation of its parts by construction (LL-05), and all of them leave by sendfile. Pages are
/// written once, since sendfile sends live pages. Home core; the file itself may be read by any.
class SegmentFile {
 public:
  /// Where the bytes are. Errors: kNoSpace (the budget, or the memory), kOs. After an error nothing
  /// of them is counted.
  core::Result<uint64_t> append(std::span<const std::byte> bytes);

  [[nodiscard]] uint64_t size() const noexcept { return size_; }
  /// Holding it keeps the bytes, and counts them.
  [[nodiscard]] const std::shared_ptr<const http::OpenFile>& file() const noexcept { return file_; }

 private:
  friend class PartStore;
  struct Counted;
  explicit SegmentFile(std::shared_ptr<Counted> counted);

  std::shared_ptr<Counted> counted_;
  std::shared_ptr<const http::OpenFile> file_;
  uint64_t size_ = 0;
};

/// Opens segment files and keeps their sum within a budget. Bytes count until the last viewer who
/// is still being sent them has let go. Home core, but for that.
class PartStore {
 public:
  struct Options {
    uint64_t bytes_max = uint64_t{1} << 30;
    /// Makes an empty file to be written and sent from; the default is a memfd. It must stay in
    /// memory: cores send from it without looking whether it is there.
    std::function<core::Result<core::UniqueFd>()> open_file;
  };

  PartStore() : PartStore(Options()) {}
  explicit PartStore(Options options);

  core::Result<SegmentFile> open();

  [[nodiscard]] uint64_t bytes_used() const noexcept {
    return used_->load(std::memory_order_relaxed);
  }
  [[nodiscard]] uint64_t bytes_max() const noexcept { return options_.bytes_max; }

 private:
  Options options_;
  // Atomic: the last holder of a file may be on any core.
  std::shared_ptr<std::atomic<uint64_t>> used_;
};

}  // namespace millrace::media::live
