// Frames that cost the server more than their sender.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/clock.h"
#include "http/h2/metrics.h"

namespace millrace::http::h2 {

/// One bucket of tokens for each kind of frame that carries no request and no data: a well-behaved
/// peer never empties one. One connection.
class FloodGuard {
 public:
  explicit FloodGuard(core::MonotonicTime now) noexcept;

  /// Counts one. False: that was too many.
  [[nodiscard]] bool allow(Flood kind, core::MonotonicTime now) noexcept;
  /// A frame of data was sent, which the peer may acknowledge as it likes.
  void sent_data() noexcept;

 private:
  static constexpr size_t kBucketCount = 7;  // The last two kinds are nghttp2's.
  struct Bucket {
    uint32_t tokens = 0;
    uint32_t refilled_ms = 0;  // Since start_.
  };

  core::MonotonicTime start_;
  std::array<Bucket, kBucketCount> buckets_;
};

}  // namespace millrace::http::h2
