#include "media/live/part_store.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace millrace::media::live {
namespace {

core::Result<core::UniqueFd> open_memory_file() {
  core::UniqueFd fd(::memfd_create("millrace-live", MFD_CLOEXEC));
  if (!fd) return core::os_failure(errno, "memfd_create");
  return fd;
}

core::Result<> write_all(int fd, std::span<const std::byte> bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return core::os_failure(errno, "writing a part");
    bytes = bytes.subspan(static_cast<size_t>(written));
    offset += static_cast<uint64_t>(written);
  }
  return {};
}

}  // namespace

struct SegmentFile::Counted {
  Counted(core::UniqueFd fd, std::shared_ptr<std::atomic<uint64_t>> sum, uint64_t limit)
      : file(std::move(fd), 0), used(std::move(sum)), used_max(limit) {
    // It is memory: nothing to be fetched, and RWF_NOWAIT does not know such files.
    file.set_resident_until(core::MonotonicTime::max());
  }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { used->fetch_sub(size, std::memory_order_relaxed); }

  bool take(uint64_t bytes) noexcept {
    if (used->load(std::memory_order_relaxed) + bytes > used_max) return false;
    used->fetch_add(bytes, std::memory_order_relaxed);
    size += bytes;
    return true;
  }
  void give_back(uint64_t bytes) noexcept {
    used->fetch_sub(bytes, std::memory_order_relaxed);
    size -= bytes;
  }

  http::OpenFile file;
  std::shared_ptr<std::atomic<uint64_t>> used;
  uint64_t used_max;
  uint64_t size = 0;
};

SegmentFile::SegmentFile(std::shared_ptr<Counted> counted)
    : counted_(std::move(counted)), file_(counted_, &counted_->file) {}

core::Result<uint64_t> SegmentFile::append(std::span<const std::byte> bytes) {
  if (!counted_->take(bytes.size())) {
    return core::fail(core::ErrorCode::kNoSpace, "the memory for live parts is used up");
  }
  if (const core::Result<> written = write_all(file_->fd(), bytes, size_); !written) {
    counted_->give_back(bytes.size());
    return std::unexpected(written.error());
  }
  return std::exchange(size_, size_ + bytes.size());
}

PartStore::PartStore(Options options)
    : options_(std::move(options)), used_(std::make_shared<std::atomic<uint64_t>>(0)) {
  if (!options_.open_file) options_.open_file = open_memory_file;
}

core::Result<SegmentFile> PartStore::open() {
  core::Result<core::UniqueFd> fd = options_.open_file();
  if (!fd) return std::unexpected(fd.error());
  return SegmentFile(
      std::make_shared<SegmentFile::Counted>(std::move(*fd), used_, options_.bytes_max));
}

}  // namespace millrace::media::live
