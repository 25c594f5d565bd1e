#include "http/open_file_cache.h"

#include <fcntl.h>

#include <cerrno>
#include <optional>

#include "core/hash.h"
#include "core/io/files.h"
#include "core/io/open_beneath.h"
#include "core/io/statx.h"
#include "http/gzip.h"
#include "http/mime.h"
#include "http/response.h"

namespace millrace::http {
namespace {

using core::ErrorCode;
using core::fail;
using core::Result;
using core::Snapshot;
using core::Task;

// A writer that takes longer than this to put a small file down may be waited for by the client.
constexpr int kReadAttemptsMax = 3;

// What the client may know: a name that leads outside or to no file is no name at all.
core::Error as_seen_from_outside(const core::Error& error) noexcept {
  switch (error.os_errno) {
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EXDEV:
    case EACCES:
    case EPERM:
    case ENXIO:  // A socket, or a FIFO nobody writes to.
      return {.code = ErrorCode::kNotFound, .os_errno = error.os_errno, .what = "no such file"};
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN:  // The path was being renamed while it was walked.
      return {.code = ErrorCode::kOverloaded, .os_errno = error.os_errno, .what = error.what};
    default:
      return error;
  }
}

bool is_about_the_name(const core::Error& error) noexcept {
  return error.code == ErrorCode::kNotFound;
}

std::string etag_of(const FileStamp& stamp) {
  return fmt::format("\"{:x}-{:x}\"", stamp.size, stamp.modified_ns);
}

// Compressed once for all who ask; nothing when that does not help.
Snapshot<std::string> compressed(std::string_view content_type, const std::string& text) {
  if (!is_compressible(content_type) || text.size() < kGzipBytesMin) return nullptr;
  Result<std::string> shorter = gzip(text);
  if (!shorter || shorter->size() >= text.size()) return nullptr;
  return std::make_shared<const std::string>(std::move(*shorter));
}

size_t memory_of(const CachedFile& file) noexcept {
  const auto kept = [](const Snapshot<std::string>& coded) {
    return coded != nullptr ? SharedResponse::kept_bytes(*coded) : 0;
  };
  return kept(file.bytes.identity) + kept(file.bytes.gzip);
}

}  // namespace

struct OpenFileCache::Entry {
  explicit Entry(std::string its_path) : path(std::move(its_path)) {}

  const std::string path;
  std::optional<Found> found;  // Empty before the first look.
  core::MonotonicTime looked_at;
  bool is_listed = true;
  bool is_looked_at = false;  // Now, by somebody who will tell.
  core::Event told;
};

size_t OpenFileCache::SeededHash::operator()(std::string_view path) const noexcept {
  return core::xxh3_64(core::bytes_of(path), core::process_seed());
}

OpenFileCache::OpenFileCache(core::Core& core, const Options& options,
                             const FileCacheMetrics& metrics) noexcept
    : core_(core), options_(options), metrics_(metrics) {}

OpenFileCache::~OpenFileCache() {
  while (!present_.empty()) drop(present_, present_.begin());
}

Snapshot<CachedFile> OpenFileCache::find_fresh(std::string_view path) noexcept {
  const auto known = by_path_.find(path);
  if (known == by_path_.end()) return nullptr;
  const Entry& entry = **known->second;
  if (!entry.found || !*entry.found) return nullptr;
  if (core_.now() - entry.looked_at >= options_.recheck_after) return nullptr;
  present_.splice(present_.begin(), present_, known->second);
  metrics_.hits.add();
  return **entry.found;
}

Task<OpenFileCache::Found> OpenFileCache::find(std::string path, core::Cancellation& cancellation) {
  const std::shared_ptr<Entry> entry = entry_of(path);
  if (entry->is_looked_at) {
    metrics_.hits.add();
    const Result<> told = co_await entry->told.wait(&cancellation);
    if (!told) co_return std::unexpected(told.error());
    co_return *entry->found;
  }
  if (entry->found && core_.now() - entry->looked_at < options_.recheck_after) {
    metrics_.hits.add();
    co_return *entry->found;
  }
  const Snapshot<CachedFile> known = entry->found && *entry->found ? **entry->found : nullptr;
  (entry->found ? metrics_.rechecks : metrics_.misses).add();
  entry->is_looked_at = true;
  const core::MonotonicTime looked_at = core_.now();
  Found found = co_await look(std::move(path), known);
  conclude(*entry, std::move(found), looked_at);
  co_return *entry->found;
}

Task<OpenFileCache::Found> OpenFileCache::look(std::string path, Snapshot<CachedFile> known) {
  if (known != nullptr) {
    // Follows links that lead outside, too: but then it is not the file that is known.
    const Result<struct statx> now = co_await core::io::Statx(core_.ring(), options_.folder, path);
    if (now && FileStamp::of(*now) == known->stamp) co_return known;
  }
  Found opened = co_await open(std::move(path));
  if (!opened) co_return std::unexpected(as_seen_from_outside(opened.error()));
  co_return opened;
}

Task<OpenFileCache::Found> OpenFileCache::open(std::string path) {
  for (int attempt = 0; attempt < kReadAttemptsMax; ++attempt) {
    Result<core::UniqueFd> fd = co_await core::io::OpenBeneath(core_.ring(), options_.folder, path);
    if (!fd) co_return std::unexpected(fd.error());
    Result<Snapshot<CachedFile>> file = co_await load(std::move(*fd), path);
    if (!file || *file != nullptr) co_return file;
  }
  co_return fail(ErrorCode::kOverloaded, "the file is being written");
}

// nullptr: it changed while it was read.
Task<Result<Snapshot<CachedFile>>> OpenFileCache::load(core::UniqueFd fd, std::string_view path) {
  const Result<struct statx> status = co_await core::io::Statx(core_.ring(), fd.get());
  if (!status) co_return std::unexpected(status.error());
  if (!S_ISREG(status->stx_mode)) co_return fail(ErrorCode::kNotFound, "no such file");
  ::fcntl(fd.get(), F_SETFL, 0);  // O_NONBLOCK: see OpenBeneath.
  auto file = std::make_shared<CachedFile>();
  file->stamp = FileStamp::of(*status);
  file->content_type = content_type_of(path);
  const uint64_t size = file->stamp.size;
  if (size > kSmallFileBytes) {
    file->etag = etag_of(file->stamp);
    file->file =
        std::make_shared<OpenFile>(std::move(fd), size, file->etag, file->stamp.modified());
    co_return file;
  }
  std::string text(size, '\0');
  const Result<> read = co_await core::io::read_exactly(core_.ring(), fd.get(),
                                                        std::as_writable_bytes(std::span(text)), 0);
  if (!read && read.error().code != ErrorCode::kClosed) co_return std::unexpected(read.error());
  const Result<struct statx> after = co_await core::io::Statx(core_.ring(), fd.get());
  if (!after) co_return std::unexpected(after.error());
  if (!read || FileStamp::of(*after) != file->stamp) co_return Snapshot<CachedFile>();
  file->etag = content_etag(text);
  file->bytes.gzip = compressed(file->content_type, text);
  file->bytes.identity = std::make_shared<const std::string>(std::move(text));
  co_return file;
}

std::shared_ptr<OpenFileCache::Entry> OpenFileCache::entry_of(const std::string& path) {
  if (const auto known = by_path_.find(path); known != by_path_.end()) return *known->second;
  absent_.push_front(std::make_shared<Entry>(path));
  by_path_.emplace(absent_.front()->path, absent_.begin());
  std::shared_ptr<Entry> entry = absent_.front();
  if (absent_.size() > kAbsentMax) drop(absent_, std::prev(absent_.end()));
  return entry;
}

// Moves the entry to where it belongs now, unless it was dropped meanwhile: then it only tells.
void OpenFileCache::conclude(Entry& entry, Found found, core::MonotonicTime looked_at) {
  const bool was_present = entry.found && *entry.found;
  if (was_present && entry.is_listed) account(***entry.found, -1);
  entry.found = std::move(found);
  entry.looked_at = looked_at;
  entry.is_looked_at = false;
  if (entry.is_listed) {
    const Entries::iterator place = by_path_.at(entry.path);
    Entries& from = was_present ? present_ : absent_;
    if (*entry.found) {
      account(***entry.found, +1);
      present_.splice(present_.begin(), from, place);
      shrink();
    } else if (is_about_the_name(entry.found->error())) {
      absent_.splice(absent_.begin(), from, place);
      if (absent_.size() > kAbsentMax) drop(absent_, std::prev(absent_.end()));
    } else {
      drop(from, place);  // A passing trouble is not remembered.
    }
  }
  entry.told.notify_all();
}

void OpenFileCache::account(const CachedFile& file, int sign) noexcept {
  const auto bytes = static_cast<int64_t>(memory_of(file)) * sign;
  memory_used_ += static_cast<size_t>(bytes);
  metrics_.memory.add(bytes);
  if (file.file != nullptr) metrics_.descriptors.add(sign);
}

void OpenFileCache::drop(Entries& from, Entries::iterator place) noexcept {
  Entry& entry = **place;
  if (entry.found && *entry.found) account(***entry.found, -1);
  entry.is_listed = false;
  by_path_.erase(entry.path);
  from.erase(place);
}

void OpenFileCache::shrink() noexcept {
  while (present_.size() > 1 &&
         (present_.size() > options_.files_max || memory_used_ > options_.memory_max)) {
    drop(present_, std::prev(present_.end()));
  }
}

}  // namespace millrace::http
