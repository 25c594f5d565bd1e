#include "http/h2/body_cursor.h"

#include <algorithm>
#include <utility>

#include "core/assert.h"
#include "core/hash.h"

namespace millrace::http::h2 {
namespace {

// Of a laid out file: 2 KiB of slices at a time.
constexpr size_t kSlicesAtOnce = 64;

}  // namespace

BodyCursor::BodyCursor(const Body& body)
    : left_(size_of(body).value_or(0)), is_last_(size_of(body).has_value()) {
  if (const auto* text = std::get_if<std::string>(&body)) text_ = *text;
  if (const auto* shared = std::get_if<SharedBytes>(&body)) text_ = *shared->identity;
  if (const auto* files = std::get_if<FileSlices>(&body)) {
    text_ = files->head;
    slices_ = &files->slices;
  }
  if (const auto* part = std::get_if<LayoutPart>(&body)) {
    text_ = part->head();
    layout_ = part;
    position_ = text_.size();
  }
}

void BodyCursor::feed(std::string piece) noexcept {
  MR_ASSERT(left_ == 0 && !is_last_);
  piece_ = std::move(piece);
  text_ = piece_;
  left_ = piece_.size();
}

// The files of a layout stay open as long as the layout's part: a window may go while its slices
// are being sent.
const FileSlice& BodyCursor::next_slice() {
  if (layout_ != nullptr && slice_ == window_.size()) {
    window_ = layout_->slices(position_, kSlicesAtOnce);
    for (const FileSlice& slice : window_) position_ += slice.size;
    slice_ = 0;
  }
  const std::vector<FileSlice>& slices = layout_ != nullptr ? window_ : *slices_;
  MR_ASSERT(slice_ < slices.size());
  return slices[slice_];
}

void BodyCursor::take(size_t size, Batch& batch) {
  MR_ASSERT(size <= left_);
  left_ -= size;
  const size_t in_memory = std::min(size, text_.size());
  if (in_memory > 0) batch.add_bytes(core::bytes_of(text_.substr(0, in_memory)));
  text_.remove_prefix(in_memory);
  for (uint64_t rest = size - in_memory; rest > 0;) {
    const FileSlice& slice = next_slice();
    const uint64_t taken = std::min(rest, slice.size - slice_taken_);
    batch.add_run(*slice.file, slice.offset + slice_taken_, taken);
    slice_taken_ += taken;
    rest -= taken;
    if (slice_taken_ == slice.size) {
      ++slice_;
      slice_taken_ = 0;
    }
  }
}

}  // namespace millrace::http::h2
