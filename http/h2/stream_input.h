// The body of an HTTP/2 request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "core/buffer_pool.h"
#include "core/cancellation.h"
#include "core/core.h"
#include "core/event.h"
#include "http/deadline.h"
#include "http/limits.h"
#include "http/request.h"

namespace millrace::http::h2 {

/// What a stream's input needs of its connection.
class Windows {
 public:
  /// The peer may send `size` bytes more on the stream and on the connection.
  virtual void consumed(int32_t stream_id, size_t size) noexcept = 0;
  /// Widens the stream's window to `size` bytes.
  virtual void widen(int32_t stream_id, size_t size) noexcept = 0;
  /// 100 Continue.
  virtual void invite_body(int32_t stream_id) noexcept = 0;

 protected:
  ~Windows() = default;
};

/// Holds what has come and was not read: at most a window, in a buffer of the core's pool. The peer
/// is given room as the route reads.
class StreamInput final : public RequestBody {
 public:
  /// What a peer may send before its route has read any: the default of HTTP/2, 65,535 bytes.
  static constexpr size_t kFirstWindow = 64 * 1024;
  /// What one may send to a route that reads: 42 Mbit/s over 50 ms.
  static constexpr size_t kWindow = 256 * 1024;

  StreamInput(core::Core& core, Windows& windows, int32_t stream_id, const Limits& limits,
              core::Cancellation& gone) noexcept;

  core::Task<core::Result<std::span<const std::byte>>> next() override;

  /// The route's first read asks for the body.
  void expect_invitation() noexcept { owes_continue_ = true; }
  /// Takes in a frame's data. False: there is no memory for it.
  [[nodiscard]] bool push(std::span<const std::byte> data);
  /// The peer has sent the last of it.
  void finish() noexcept;
  bool is_finished() const noexcept { return finished_; }
  /// Nobody will read: forgets what has come. Yields how many bytes of the connection's window that
  /// gives back; what comes later is to be given back by the caller.
  size_t discard() noexcept;
  bool is_discarded() const noexcept { return discarded_; }
  /// The route has returned, and its view of the bytes with it.
  void close() noexcept;

 private:
  core::Result<> reserve(size_t capacity);
  core::Task<core::Result<>> wait_for_bytes();

  core::Core& core_;
  Windows& windows_;
  core::Cancellation& gone_;
  StallAllowance allowance_;
  core::Event arrived_;
  core::PooledBuffer buffer_;  // A ring of
  size_t head_ = 0;            // bytes from here,
  size_t size_ = 0;            // so many,
  size_t handed_out_ = 0;      // of which the route holds these.
  int32_t stream_id_;
  bool owes_continue_ = false;
  bool widened_ = false;
  bool finished_ = false;
  bool discarded_ = false;
};

}  // namespace millrace::http::h2
