#include "http/body.h"

#include <algorithm>

#include "core/assert.h"

namespace millrace::http {
namespace {

void cut_string(std::string& text, uint64_t first, uint64_t size) {
  text.resize(first + size);
  text.erase(0, first);
}

void cut_slices(FileSlices& body, uint64_t first, uint64_t size) {
  const uint64_t in_head = first < body.head.size() ? std::min(size, body.head.size() - first) : 0;
  uint64_t skip = first < body.head.size() ? 0 : first - body.head.size();
  uint64_t left = size - in_head;
  if (in_head > 0) {
    cut_string(body.head, first, in_head);
  } else {
    body.head.clear();
  }
  std::vector<FileSlice> kept;
  for (FileSlice& slice : body.slices) {
    const uint64_t skipped = std::min(skip, slice.size);
    skip -= skipped;
    const uint64_t taken = std::min(left, slice.size - skipped);
    left -= taken;
    if (taken == 0) continue;
    kept.push_back(
        {.file = std::move(slice.file), .offset = slice.offset + skipped, .size = taken});
  }
  body.slices = std::move(kept);
}

}  // namespace

uint64_t FileSlices::size() const noexcept {
  uint64_t total = head.size();
  for (const FileSlice& slice : slices) total += slice.size;
  return total;
}

std::optional<uint64_t> size_of(const Body& body) noexcept {
  if (const auto* text = std::get_if<std::string>(&body)) return text->size();
  if (const auto* shared = std::get_if<SharedBytes>(&body)) return shared->identity->size();
  if (const auto* files = std::get_if<FileSlices>(&body)) return files->size();
  if (const auto* part = std::get_if<LayoutPart>(&body)) return part->size;
  if (std::holds_alternative<std::monostate>(body)) return 0;
  return std::nullopt;
}

void cut(Body& body, uint64_t first, uint64_t size) {
  const std::optional<uint64_t> total = size_of(body);
  MR_ASSERT(total && first <= *total && size <= *total - first);
  if (auto* text = std::get_if<std::string>(&body)) return cut_string(*text, first, size);
  if (auto* files = std::get_if<FileSlices>(&body)) return cut_slices(*files, first, size);
  if (auto* part = std::get_if<LayoutPart>(&body)) {
    part->first += first;
    part->size = size;
    return;
  }
  if (auto* shared = std::get_if<SharedBytes>(&body)) body = shared->identity->substr(first, size);
}

}  // namespace millrace::http
