#include "media/live/part_store.h"

#include <utility>

namespace millrace::media::live {

using core::Result;

struct SegmentFile::Counted {
  Counted(core::UniqueFd fd, std::shared_ptr<std::atomic<uint64_t>> sum, uint64_t limit)
      : file(std::move(fd), 0), used(std::move(sum)), used_max(limit) {
    // It is memory: there is nothing to fetch, and RWF_NOWAIT does not know such files.
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

SegmentFile::SegmentFile(core::PageFile pages, std::shared_ptr<Counted> counted)
    : pages_(std::move(pages)), counted_(std::move(counted)), file_(counted_, &counted_->file) {}

Result<uint64_t> SegmentFile::append(std::span<const std::byte> bytes) {
  if (!counted_->take(bytes.size())) {
    return core::fail(core::ErrorCode::kNoSpace, "the memory for live parts is used up");
  }
  const Result<uint64_t> offset = pages_.append_now(bytes);
  if (!offset) counted_->give_back(bytes.size());
  return offset;
}

PartStore::PartStore(const core::PageSource& pages, uint64_t bytes_max)
    : pages_(&pages), bytes_max_(bytes_max), used_(std::make_shared<std::atomic<uint64_t>>(0)) {
  if (pages.kind() != core::PageKind::kDisk) return;
  own_pages_.emplace(core::PageSource::probe({}));
  pages_ = *own_pages_ ? &**own_pages_ : nullptr;
}

Result<SegmentFile> PartStore::open(uint64_t bytes_expected) {
  if (pages_ == nullptr) return std::unexpected(own_pages_->error());
  Result<core::PageFile> pages = pages_->open(bytes_expected);
  if (!pages) return std::unexpected(pages.error());
  Result<core::UniqueFd> fd = pages->duplicate();
  if (!fd) return std::unexpected(fd.error());
  return SegmentFile(std::move(*pages),
                     std::make_shared<SegmentFile::Counted>(std::move(*fd), used_, bytes_max_));
}

}  // namespace millrace::media::live
