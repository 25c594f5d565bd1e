// Frames that leave together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/buffer_pool.h"
#include "http/transport.h"

namespace millrace::http::h2 {

/// Headers of frames and small payloads are copied side by side, larger payloads stay where they
/// are. Lives only while something is sent.
class Batch {
 public:
  /// 8 frames, which over TLS are 8 records: as many as are sent in one call (IO_URING.md, 6). What
  /// is decided now cannot be overtaken by anything more urgent.
  static constexpr size_t kPayloadMax = 128 * 1024;

  /// `slab` holds the copies.
  explicit Batch(core::PooledBuffer slab) noexcept : slab_(std::move(slab)) {}

  /// Copies: frames, or their headers.
  void add_frame(std::span<const std::byte> bytes);
  /// Copies what is small; the rest lasts until the batch is sent.
  void add_bytes(std::span<const std::byte> bytes);
  void add_run(const OpenFile& file, uint64_t offset, uint64_t size);

  bool is_full() const noexcept;
  bool empty() const noexcept { return pieces_.empty(); }
  std::span<const Piece> pieces() const noexcept { return pieces_; }
  void clear() noexcept;

 private:
  void add_piece(Piece piece);
  std::span<const std::byte>* last_copy(const std::byte* at) noexcept;

  core::PooledBuffer slab_;
  size_t used_ = 0;  // of slab_
  size_t size_ = 0;  // of all
  std::vector<Piece> pieces_;
  std::vector<std::unique_ptr<std::byte[]>> large_frames_;  // That did not fit in.
};

}  // namespace millrace::http::h2
