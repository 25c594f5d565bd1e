// Finds out which files of this machine have pages that are cheap to send.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/page_file.h"
#include "core/result.h"
#include "core/unique_fd.h"

namespace millrace::core {

/// Where the pages of a file may be. Huge-page tmpfs is sent for 0.4 of the CPU of a plain memfd,
/// whose pages are looked up one by one; ext4 and its large folios are in between (IO_URING.md,
/// 0.2). There is no hugetlbfs among them: it knows neither write(2) nor sendfile(2).
enum class PageKind : uint8_t {
  kOwnTmpfs,  ///< A tmpfs with huge pages that only this process sees; takes the right to mount.
  kFolder,    ///< What the operator names: a tmpfs that was mounted with huge pages.
  kDevShm,    ///< /dev/shm as it was mounted.
  kMemfd,     ///< Huge pages if /sys/kernel/mm/transparent_hugepage/shmem_enabled says so.
  kDisk,      ///< The page cache of a disk.
};

std::string_view to_string(PageKind kind) noexcept;

/// Opens page files of the kind that was chosen. Any thread.
class PageSource {
 public:
  struct Folders {
    std::string named;  ///< kFolder; empty: none.
    std::string disk;   ///< kDisk; empty: none.
  };
  struct Tried {
    PageKind kind = PageKind::kMemfd;
    std::chrono::nanoseconds per_mib{0};  ///< Until the pages of 1 MiB were found and handed on.
    std::optional<Error> failure;         ///< Why it cannot be had here.
  };

  /// Times each kind, some milliseconds in all, and chooses the cheapest; a disk only where it
  /// takes less than kDiskShareMax of the cheapest memory. Blocks: for start-up. Errors: kOs, when
  /// there is not even a memfd.
  static Result<PageSource> probe(const Folders& folders);
  static constexpr double kDiskShareMax = 0.75;

  /// An empty file with room for `size` bytes, which is what it gets huge pages for; it may become
  /// longer or, sealed, shorter. Errors: kOs (EMFILE …), kNoSpace.
  Result<PageFile> open(uint64_t size) const;

  [[nodiscard]] PageKind kind() const noexcept { return chosen_.kind; }
  [[nodiscard]] std::chrono::nanoseconds per_mib() const noexcept { return chosen_.per_mib; }
  [[nodiscard]] const std::vector<Tried>& tried() const noexcept { return tried_; }

 private:
  PageSource() = default;
  static Result<PageSource> of_kind(PageKind kind, const Folders& folders);
  Result<UniqueFd> open_unnamed() const;

  Tried chosen_;
  UniqueFd folder_;  // None: memfd.
  PageFile::Where where_ = PageFile::Where::kMemory;
  std::vector<Tried> tried_;
};

}  // namespace millrace::core
