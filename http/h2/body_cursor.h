// How far a response's body has been put into frames.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "http/body.h"
#include "http/h2/batch.h"

namespace millrace::http::h2 {

/// Yields the bytes of a body in order, without copying them. A body of unknown length is fed piece
/// by piece.
class BodyCursor {
 public:
  BodyCursor() = default;
  /// `body` stays where it is and outlives the cursor.
  explicit BodyCursor(const Body& body);

  /// Bytes that may be taken now.
  uint64_t left() const noexcept { return left_; }
  /// Nothing comes after `left()`.
  bool is_last() const noexcept { return is_last_; }

  /// Adds the next `size` bytes to `batch`; at most `left()`.
  void take(size_t size, Batch& batch);

  /// The next piece of a body of unknown length; nothing may be left of the one before, nor of it
  /// be in a batch.
  void feed(std::string piece) noexcept;
  void finish() noexcept { is_last_ = true; }

 private:
  const FileSlice& next_slice();

  std::string_view text_;  // What is in memory, before the slices.
  std::string piece_;      // Holds text_ of a body that is fed.
  const std::vector<FileSlice>* slices_ = nullptr;
  const LayoutPart* layout_ = nullptr;
  std::vector<FileSlice> window_;  // The next slices of layout_.
  size_t slice_ = 0;               // The current one of *slices_ or window_, of which
  uint64_t slice_taken_ = 0;       // so much is taken.
  uint64_t left_ = 0;
  uint64_t position_ = 0;  // In layout_: the end of window_.
  bool is_last_ = true;
};

}  // namespace millrace::http::h2
