#include "http/file_layout.h"

#include <algorithm>

#include "core/assert.h"

namespace millrace::http {

void FileLayout::append(uint32_t file, uint64_t offset, uint64_t size) {
  if (size == 0) return;
  size_ += size;
  runs_.push_back({.end = size_, .offset = offset, .file = file});
}

std::string_view LayoutPart::head() const noexcept {
  const std::string_view all = layout->head();
  return first < all.size() ? all.substr(first, size) : std::string_view();
}

std::vector<FileSlice> LayoutPart::slices(uint64_t position, size_t count_max) const {
  const auto& runs = layout->runs_;
  uint64_t at = first + position;
  const uint64_t end = first + size;
  MR_ASSERT(at >= std::min<uint64_t>(layout->head().size(), end) && end <= layout->size());
  std::vector<FileSlice> found;
  auto run = std::ranges::upper_bound(runs, at, {}, &FileLayout::Run::end);
  while (at < end && found.size() < count_max) {
    const uint64_t begin = run == runs.begin() ? layout->head().size() : std::prev(run)->end;
    const uint64_t taken = std::min(run->end, end) - at;
    found.push_back(
        {.file = files[run->file], .offset = run->offset + (at - begin), .size = taken});
    at += taken;
    ++run;
  }
  return found;
}

}  // namespace millrace::http
