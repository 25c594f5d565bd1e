// Records that leave together.
#pragma once

#include <cstddef>
#include <span>

#include "core/buffer_pool.h"
#include "core/result.h"
#include "http/tls/body_source.h"
#include "http/tls/tls_session.h"

namespace millrace::http::tls {

/// How large records are. A client can use a record only when all of it is there: at the beginning,
/// before the congestion window has opened, each is a few packets.
class RecordSizes {
 public:
  static constexpr size_t kSmallPayload = 4096 - TlsSession::kOverheadMax;
  static constexpr size_t kSmallBytes = 64 * 1024;

  void begin_anew() noexcept { small_left_ = kSmallBytes; }
  size_t payload_max() const noexcept {
    return small_left_ > 0 ? kSmallPayload : RecordSealer::kPayloadMax;
  }
  void count(size_t payload_size) noexcept {
    small_left_ -= payload_size < small_left_ ? payload_size : small_left_;
  }

 private:
  size_t small_left_ = 0;
};

/// Sealed records side by side in a slab, and how many of their bytes were sent.
class RecordBatch {
 public:
  /// Eight records of 16 KiB: they are sealed in the core's own cache and leave in one send.
  static constexpr size_t kSlabSize = 128 * 1024;
  static constexpr size_t kSmallSlabSize = 16 * 1024;

  /// With a slab that fits `size` bytes of payload, or one of several batches of them. Errors:
  /// kOverloaded (the core's buffers are used up).
  static core::Result<RecordBatch> create(core::BufferPool& buffers, uint64_t size);

  /// Seals what `source` has at once, at most `size_max` bytes of records. Errors: those of
  /// BodySource::read; kInternal.
  core::Result<> fill(BodySource& source, TlsSession& session, RecordSizes& sizes, size_t size_max);

  std::span<const std::byte> unsent() noexcept {
    return slab_.bytes().subspan(sent_, sealed_ - sent_);
  }
  void count_sent(size_t size) noexcept { sent_ += size; }
  /// What waits for the socket need not wait in a large slab.
  void shrink(core::BufferPool& buffers);

 private:
  explicit RecordBatch(core::PooledBuffer slab) noexcept : slab_(std::move(slab)) {}

  core::PooledBuffer slab_;
  size_t sealed_ = 0;
  size_t sent_ = 0;
};

}  // namespace millrace::http::tls
