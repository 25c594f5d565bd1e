// Memory for the parts of live streams.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "core/page_source.h"
#include "core/result.h"
#include "http/open_file.h"

namespace millrace::media::live {

/// The bytes of one segment, part behind part, in a file that only grows: the segment is the
/// concatenation of its parts by construction (LL-05), and all of them leave by sendfile. Home
/// core; the file itself may be sent from on any.
class SegmentFile {
 public:
  /// Where the bytes are. Errors: kNoSpace (the budget, or the memory), kOs. After an error nothing
  /// of them is counted.
  core::Result<uint64_t> append(std::span<const std::byte> bytes);
  /// Nothing will be appended any more.
  void seal() noexcept { pages_.seal(); }

  [[nodiscard]] uint64_t size() const noexcept { return pages_.size(); }
  /// Holding it keeps the bytes, and counts them.
  [[nodiscard]] const std::shared_ptr<const http::OpenFile>& file() const noexcept { return file_; }

 private:
  friend class PartStore;
  struct Counted;
  SegmentFile(core::PageFile pages, std::shared_ptr<Counted> counted);

  core::PageFile pages_;
  std::shared_ptr<Counted> counted_;
  std::shared_ptr<const http::OpenFile> file_;
};

/// Opens segment files and keeps their sum within a budget. Bytes count until the last viewer who
/// is still being sent them has let go. Home core, but for that.
class PartStore {
 public:
  /// Bytes must be memory, since cores send them without looking whether they are there: where
  /// `pages` are on a disk, others are found, which blocks for milliseconds. `pages` is borrowed.
  PartStore(const core::PageSource& pages, uint64_t bytes_max);
  PartStore(const PartStore&) = delete;
  PartStore& operator=(const PartStore&) = delete;

  /// A file for a segment of about `bytes_expected`; it may become longer. Errors: kOs, kNoSpace.
  core::Result<SegmentFile> open(uint64_t bytes_expected);

  [[nodiscard]] uint64_t bytes_used() const noexcept {
    return used_->load(std::memory_order_relaxed);
  }
  [[nodiscard]] uint64_t bytes_max() const noexcept { return bytes_max_; }

 private:
  std::optional<core::Result<core::PageSource>> own_pages_;
  const core::PageSource* pages_;  // Null: none were found.
  uint64_t bytes_max_;
  // Atomic: the last holder of a file may be on any core.
  std::shared_ptr<std::atomic<uint64_t>> used_;
};

}  // namespace millrace::media::live
