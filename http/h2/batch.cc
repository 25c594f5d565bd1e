#include "http/h2/batch.h"

#include <algorithm>

namespace millrace::http::h2 {
namespace {

// Copying this much costs less than another element of a gathered send.
constexpr size_t kCopyBytesMax = 1024;
// The head of a response with everything a route may set: 1 KiB.
constexpr size_t kRoomBytesMin = 2048;
constexpr size_t kPieceCountMax = 64;

}  // namespace

void Batch::add_frame(std::span<const std::byte> bytes) {
  if (bytes.size() > slab_.size() - used_) {
    auto& own =
        large_frames_.emplace_back(std::make_unique_for_overwrite<std::byte[]>(bytes.size()));
    std::ranges::copy(bytes, own.get());
    return add_piece({.bytes = {own.get(), bytes.size()}});
  }
  std::byte* const at = slab_.bytes().data() + used_;
  std::ranges::copy(bytes, at);
  if (std::span<const std::byte>* last = last_copy(at)) {
    *last = {last->data(), last->size() + bytes.size()};
    size_ += bytes.size();
  } else {
    add_piece({.bytes = {at, bytes.size()}});
  }
  used_ += bytes.size();
}

// The last piece, when it ends at `at` within the slab.
std::span<const std::byte>* Batch::last_copy(const std::byte* at) noexcept {
  if (used_ == 0 || pieces_.empty()) return nullptr;
  std::span<const std::byte>& last = pieces_.back().bytes;
  return last.data() + last.size() == at ? &last : nullptr;
}

void Batch::add_bytes(std::span<const std::byte> bytes) {
  if (bytes.size() <= kCopyBytesMax) return add_frame(bytes);
  add_piece({.bytes = bytes});
}

void Batch::add_run(const OpenFile& file, uint64_t offset, uint64_t size) {
  size_ += size;
  pieces_.push_back({.file = &file, .offset = offset, .size = size});
}

void Batch::add_piece(Piece piece) {
  size_ += piece.bytes.size();
  pieces_.push_back(piece);
}

bool Batch::is_full() const noexcept {
  return size_ >= kPayloadMax || slab_.size() - used_ < kRoomBytesMin ||
         pieces_.size() >= kPieceCountMax;
}

void Batch::clear() noexcept {
  used_ = size_ = 0;
  pieces_.clear();
  large_frames_.clear();
}

}  // namespace millrace::http::h2
