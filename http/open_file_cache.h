// Files of a folder, kept open or in memory.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/core.h"
#include "core/event.h"
#include "core/snapshot.h"
#include "core/task.h"
#include "http/body.h"
#include "http/file_cache_metrics.h"
#include "http/file_stamp.h"
#include "http/shared_response.h"

namespace millrace::http {

/// A regular file as it was when it was opened. Never changes, but for `response`.
struct CachedFile {
  FileStamp stamp;
  std::string etag;                      ///< With quotes, strong.
  std::string_view content_type;         ///< By the extension.
  SharedBytes bytes;                     ///< Of a small file: all of it, and no descriptor is held.
  std::shared_ptr<const OpenFile> file;  ///< Of a larger one.
  /// Made by the first who serves it.
  mutable std::shared_ptr<SharedResponse> response;
};

/// One per core. A file is believed for `recheck_after`; then the next request looks whether it is
/// still the same, and those that come meanwhile wait for that one look. So is the absence of a
/// file, of which less is kept, so that made-up names cannot drive out what is being watched.
class OpenFileCache {
 public:
  struct Options {
    int folder = -1;  ///< Borrowed; O_PATH is enough.
    size_t files_max = 2048;
    size_t memory_max = size_t{32} << 20;
    std::chrono::nanoseconds recheck_after = std::chrono::seconds(1);
  };
  /// Below and at this a file is kept in memory and leaves in one send (IO_URING.md, 0.4).
  static constexpr size_t kSmallFileBytes = 32 * 1024;
  /// Names remembered as absent: 1,024 of at most 8 KiB.
  static constexpr size_t kAbsentMax = 1024;

  using Found = core::Result<core::Snapshot<CachedFile>>;

  OpenFileCache(core::Core& core, const Options& options, const FileCacheMetrics& metrics) noexcept;
  OpenFileCache(const OpenFileCache&) = delete;
  OpenFileCache& operator=(const OpenFileCache&) = delete;
  ~OpenFileCache();

  /// What is known and still believed; nullptr: ask `find`. No system call, no wait.
  core::Snapshot<CachedFile> find_fresh(std::string_view path) noexcept;
  /// `path` is relative to the folder. Errors: kNotFound (also what is no regular file, may not be
  /// read, or lies outside), kOverloaded (no descriptor left; being rewritten just now), kOs, the
  /// cancellation's.
  core::Task<Found> find(std::string path, core::Cancellation& cancellation);

  size_t file_count() const noexcept { return present_.size(); }
  size_t memory_used() const noexcept { return memory_used_; }

 private:
  struct Entry;
  using Entries = std::list<std::shared_ptr<Entry>>;
  struct SeededHash {
    size_t operator()(std::string_view path) const noexcept;
  };

  core::Task<Found> look(std::string path, core::Snapshot<CachedFile> known);
  core::Task<Found> open(std::string path);
  core::Task<core::Result<core::Snapshot<CachedFile>>> load(core::UniqueFd fd,
                                                            std::string_view path);
  std::shared_ptr<Entry> entry_of(const std::string& path);
  void conclude(Entry& entry, Found found, core::MonotonicTime looked_at);
  void account(const CachedFile& file, int sign) noexcept;
  void drop(Entries& from, Entries::iterator entry) noexcept;
  void shrink() noexcept;

  core::Core& core_;
  Options options_;
  FileCacheMetrics metrics_;
  Entries present_;  // The most recently used first, as in:
  Entries absent_;   // names of no file, and those that are looked at for the first time.
  std::unordered_map<std::string_view, Entries::iterator, SeededHash> by_path_;
  size_t memory_used_ = 0;
};

}  // namespace millrace::http
