// What is to be sent, from memory and from files, as far as it can be had at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"
#include "http/transport.h"

namespace millrace::http::tls {

/// Pieces in order; borrows them.
class BodySource {
 public:
  explicit BodySource(std::span<const Piece> pieces) noexcept;

  bool done() const noexcept { return pieces_.empty(); }
  uint64_t size() const noexcept { return left_; }

  /// At most so many rooms at a time.
  static constexpr size_t kRoomsMax = 16;
  /// Copies what is in memory, or in the page cache, into `rooms`, one after the other; never waits
  /// for a disk. Yields how many bytes there are; 0: `rest_of_file` must be fetched first. Errors:
  /// kMalformed (a file is shorter than its slice says), kOs.
  core::Result<size_t> read(std::span<const std::span<std::byte>> rooms) noexcept;
  Piece rest_of_file() const noexcept;
  /// That `size` bytes of `rest_of_file` are in memory now, as far as anybody can know: they are
  /// read even where the file system cannot tell.
  void fetched(uint64_t size) noexcept { fetched_until_ = done_ + size; }

 private:
  static uint64_t size_of(const Piece& piece) noexcept {
    return piece.file == nullptr ? piece.bytes.size() : piece.size;
  }
  core::Result<size_t> read_some(std::span<const std::span<std::byte>> rooms) noexcept;
  core::Result<size_t> read_file(std::span<const std::span<std::byte>> rooms) noexcept;
  void skip(size_t size) noexcept;

  std::span<const Piece> pieces_;
  uint64_t done_ = 0;  // of pieces_.front()
  uint64_t left_ = 0;
  uint64_t fetched_until_ = 0;  // as done_
};

}  // namespace millrace::http::tls
