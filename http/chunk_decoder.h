// The chunked transfer coding, on the way in (RFC 9112, 7.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"
#include "http/limits.h"

namespace millrace::http {

/// Finds the data in a chunked body that comes in arbitrary pieces. Extensions and trailers are
/// checked, counted against their limits, and dropped. Stricter than llhttp, which accepts folded
/// trailers and bounds neither; the fuzz target holds that it accepts nothing llhttp refuses.
class ChunkDecoder {
 public:
  explicit ChunkDecoder(const Limits& limits) noexcept
      : extension_left_(limits.chunk_extension_bytes_max),
        trailer_left_(limits.trailer_bytes_max) {}

  struct Step {
    size_t consumed = 0;              ///< Bytes of the input that are used up, data included.
    std::span<const std::byte> data;  ///< Within the input; empty: the input or the body ended.
  };

  /// Reads until it has found data, the end of the body, or the end of the input.
  /// kMalformed: the framing is broken; kTooLarge: over a limit. No call may follow an error.
  core::Result<Step> read(std::span<const std::byte> input);

  /// The last chunk and its trailers have been read.
  bool done() const noexcept { return state_ == State::kDone; }

 private:
  // 4 CRLF data CRLF 0;name=value CRLF Trailer: value CRLF CRLF
  enum class State : uint8_t {
    kSizeFirst,
    kSize,
    kExtensionFirst,
    kExtensionName,
    kExtensionValueFirst,
    kExtensionValue,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerFirst,
    kTrailerName,
    kTrailerValue,
    kTrailerLf,
    kEndLf,
    kDone,
  };

  core::Result<> step(char c);
  core::Result<> step_size(char c);
  core::Result<> step_extension(char c);
  core::Result<> step_trailer(char c);

  State state_ = State::kSizeFirst;
  uint64_t chunk_left_ = 0;
  size_t extension_left_;
  size_t trailer_left_;
};

}  // namespace millrace::http
