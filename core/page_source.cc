#include "core/page_source.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/clock.h"

namespace millrace::core {
namespace {

constexpr size_t kSampleBytes = size_t{2} << 20;
// As parts are appended.
constexpr size_t kAppendBytes = size_t{128} << 10;
// The quickest of some passes: a shared machine makes others slow, and none quick.
constexpr int kPassCount = 12;

// glibc 2.36 has these in <sys/mount.h>, which <linux/mount.h> cannot be included with.
int open_file_system(const char* name) noexcept {
  return static_cast<int>(::syscall(SYS_fsopen, name, FSOPEN_CLOEXEC));
}

Result<UniqueFd> mount_own_tmpfs() {
  const UniqueFd context(open_file_system("tmpfs"));
  if (!context) return os_failure(errno, "fsopen");
  // Huge pages within a file's size only: a short file does not take 2 MiB.
  if (::syscall(SYS_fsconfig, context.get(), FSCONFIG_SET_STRING, "huge", "within_size", 0) != 0 ||
      ::syscall(SYS_fsconfig, context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return os_failure(errno, "fsconfig");
  }
  UniqueFd mount(static_cast<int>(::syscall(
      SYS_fsmount, context.get(), FSMOUNT_CLOEXEC,
      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)));
  if (!mount) return os_failure(errno, "fsmount");
  return mount;
}

Result<UniqueFd> open_folder(const std::string& path) {
  UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return os_failure(errno, "open");
  return folder;
}

bool is_tmpfs(int folder) noexcept {
  struct statfs status{};
  return ::fstatfs(folder, &status) == 0 && status.f_type == TMPFS_MAGIC;
}

/// Passes `size` bytes on to nobody, page by page.
Result<> drain(int pipe, int nowhere, size_t size) noexcept {
  while (size > 0) {
    const ssize_t dropped = ::splice(pipe, nullptr, nowhere, nullptr, size, 0);
    if (dropped <= 0) return os_failure(dropped < 0 ? errno : EIO, "splice");
    size -= static_cast<size_t>(dropped);
  }
  return {};
}

/// The part of sendfile that depends on the pages: finding them.
Result<> find_all_pages(int file, const std::array<int, 2>& pipe, int nowhere) noexcept {
  for (loff_t offset = 0; offset < static_cast<loff_t>(kSampleBytes);) {
    const size_t left = kSampleBytes - static_cast<size_t>(offset);
    const ssize_t found = ::splice(file, &offset, pipe[1], nullptr, left, 0);
    if (found <= 0) return os_failure(found < 0 ? errno : EIO, "splice");
    const Result<> drained = drain(pipe[0], nowhere, static_cast<size_t>(found));
    if (!drained) return drained;
  }
  return {};
}

Result<std::chrono::nanoseconds> time_pages(int file) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return os_failure(errno, "pipe2");
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  static_cast<void>(::fcntl(writer.get(), F_SETPIPE_SZ, 1 << 20));  // Fewer calls.
  const UniqueFd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!nowhere) return os_failure(errno, "open");
  const SystemClock clock;
  auto best = std::chrono::nanoseconds::max();
  for (int pass = 0; pass < kPassCount; ++pass) {
    const MonotonicTime start = clock.now();
    const Result<> found = find_all_pages(file, ends, nowhere.get());
    if (!found) return std::unexpected(found.error());
    best = std::min<std::chrono::nanoseconds>(best, clock.now() - start);
  }
  return best / (kSampleBytes >> 20);
}

Result<> fill(int file) {
  const std::vector<std::byte> bytes(kAppendBytes, std::byte{1});
  for (size_t offset = 0; offset < kSampleBytes; offset += kAppendBytes) {
    const ssize_t written =
        ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written != static_cast<ssize_t>(bytes.size())) {
      return os_failure(written < 0 ? errno : ENOSPC, "pwrite");
    }
  }
  return {};
}

Result<std::chrono::nanoseconds> measure(const PageSource& source) {
  const Result<PageFile> file = source.open(kSampleBytes);
  if (!file) return std::unexpected(file.error());
  if (const Result<> filled = fill(file->fd()); !filled) return std::unexpected(filled.error());
  return time_pages(file->fd());
}

}  // namespace

std::string_view to_string(PageKind kind) noexcept {
  switch (kind) {
    case PageKind::kOwnTmpfs:
      return "own_tmpfs";
    case PageKind::kFolder:
      return "folder";
    case PageKind::kDevShm:
      return "dev_shm";
    case PageKind::kMemfd:
      return "memfd";
    case PageKind::kDisk:
      return "disk";
  }
  return "";
}

Result<PageSource> PageSource::of_kind(PageKind kind, const Folders& folders) {
  PageSource source;
  source.chosen_.kind = kind;
  if (kind == PageKind::kMemfd) return source;
  Result<UniqueFd> folder = fail(ErrorCode::kNotFound, "no such kind");
  if (kind == PageKind::kOwnTmpfs) folder = mount_own_tmpfs();
  if (kind == PageKind::kFolder) folder = open_folder(folders.named);
  if (kind == PageKind::kDevShm) folder = open_folder("/dev/shm");
  if (kind == PageKind::kDisk) folder = open_folder(folders.disk);
  if (!folder) return std::unexpected(folder.error());
  source.folder_ = std::move(*folder);
  if (!is_tmpfs(source.folder_.get())) source.where_ = PageFile::Where::kDisk;
  return source;
}

Result<PageSource> PageSource::probe(const Folders& folders) {
  std::vector<PageKind> kinds{PageKind::kOwnTmpfs, PageKind::kDevShm, PageKind::kMemfd};
  if (!folders.named.empty()) kinds.push_back(PageKind::kFolder);
  if (!folders.disk.empty()) kinds.push_back(PageKind::kDisk);
  std::optional<PageSource> best[2];  // by PageFile::Where
  std::vector<Tried> tried;
  for (const PageKind kind : kinds) {
    Result<PageSource> source = of_kind(kind, folders);
    const auto cost = source ? measure(*source)
                             : Result<std::chrono::nanoseconds>(std::unexpected(source.error()));
    tried.push_back({.kind = kind, .per_mib = cost.value_or(std::chrono::nanoseconds(0))});
    if (!cost) {
      tried.back().failure = cost.error();
      continue;
    }
    source->chosen_ = tried.back();
    std::optional<PageSource>& place = best[static_cast<size_t>(source->where_)];
    if (!place || *cost < place->per_mib()) place = std::move(*source);
  }
  auto& [memory, disk] = best;
  if (!memory && !disk) return std::unexpected(*tried.back().failure);
  const bool takes_disk =
      disk && (!memory || static_cast<double>(disk->per_mib().count()) <
                              kDiskShareMax * static_cast<double>(memory->per_mib().count()));
  PageSource chosen = std::move(takes_disk ? *disk : *memory);
  chosen.tried_ = std::move(tried);
  return chosen;
}

Result<UniqueFd> PageSource::open_unnamed() const {
  UniqueFd file(folder_ ? ::openat(folder_.get(), ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)
                        : ::memfd_create("millrace-pages", MFD_CLOEXEC));
  if (!file) return os_failure(errno, folder_ ? "O_TMPFILE" : "memfd_create");
  return file;
}

Result<PageFile> PageSource::open(uint64_t size) const {
  Result<UniqueFd> file = open_unnamed();
  if (!file) return std::unexpected(file.error());
  if (::ftruncate(file->get(), static_cast<off_t>(size)) != 0) {
    return os_failure(errno, "ftruncate");
  }
  return PageFile(std::move(*file), where_);
}

}  // namespace millrace::core
