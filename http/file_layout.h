// A long file put together of many runs of others, laid out once for all who ask for it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/snapshot.h"
#include "http/open_file.h"

namespace millrace::http {

/// Bytes made up in memory, then runs of files in order. The files are known by numbers only, so
/// that a layout can be kept without keeping anything open.
class FileLayout {
 public:
  explicit FileLayout(std::string head) : head_(std::move(head)), size_(head_.size()) {}

  /// `size` bytes of a file from `offset`, behind what is there.
  void append(uint32_t file, uint64_t offset, uint64_t size);

  [[nodiscard]] const std::string& head() const noexcept { return head_; }
  [[nodiscard]] uint64_t size() const noexcept { return size_; }
  /// What this takes in memory.
  [[nodiscard]] size_t memory_bytes() const noexcept {
    return sizeof *this + head_.capacity() + runs_.capacity() * sizeof(Run);
  }

 private:
  friend struct LayoutPart;
  struct Run {
    uint64_t end = 0;  // Of the run in the laid out file; it begins where the one before ends.
    uint64_t offset = 0;
    uint32_t file = 0;
  };

  std::string head_;
  std::vector<Run> runs_;
  uint64_t size_;
};

/// Bytes of a laid out file, as a body. Costs nothing to make and to cut, however long the file is.
struct LayoutPart {
  core::Snapshot<FileLayout> layout;
  std::vector<std::shared_ptr<const OpenFile>> files;  ///< By the numbers of the runs.
  uint64_t first = 0;
  uint64_t size = 0;

  /// What of the part is in memory: its beginning, or nothing.
  [[nodiscard]] std::string_view head() const noexcept;
  /// The next runs of files from `position` bytes behind the beginning of the part, at most
  /// `count_max`; `position` is not within head(). Empty at the end.
  [[nodiscard]] std::vector<FileSlice> slices(uint64_t position, size_t count_max) const;
};

}  // namespace millrace::http
