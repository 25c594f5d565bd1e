// The bytes of a connection as heads and bodies.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "core/recv_buffers.h"
#include "http/http1_head.h"
#include "http/transport.h"

namespace millrace::http {

/// Holds at most one receive buffer, and none between requests.
class Http1Input {
 public:
  Http1Input(Transport& transport, const Limits& limits, core::RecvChunk first) noexcept
      : transport_(transport), limits_(limits), chunk_(std::move(first)), unread_(chunk_.bytes()) {}

  /// Bytes that have come and were not consumed, waiting for some if there are none; empty: the
  /// peer has finished. Valid until the next call.
  core::Task<core::Result<std::span<const std::byte>>> peek(core::Cancellation& cancellation);
  void consume(size_t size) noexcept;
  bool has_bytes() const noexcept { return !unread_.empty(); }

  /// The next head, when all of it has come in one piece: the usual case.
  std::optional<std::string> try_read_head();
  /// The bytes of the next head. Errors: those of Transport::recv; kClosed when the peer finished
  /// before or within it; kTooLarge. What came of a head that failed is dropped.
  core::Task<core::Result<std::string>> read_head(core::Cancellation& cancellation);

 private:
  bool take_whole_head(std::span<const std::byte> bytes, std::string& head);

  Transport& transport_;
  const Limits& limits_;
  core::RecvChunk chunk_;
  std::span<const std::byte> unread_;  // within chunk_
};

}  // namespace millrace::http
