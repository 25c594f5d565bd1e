// Where the pipeline reads the original from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"

namespace millrace::media::worker {

/// A file of known size, read from one thread. In the worker it is fed through a ring; in tests it
/// is a file or bytes in memory.
class Source {
 public:
  virtual ~Source() = default;

  /// Blocks until at least one byte is there; yields how many were stored, 0 only at the end or for
  /// an empty buffer. Errors: kClosed (the server is gone), kMalformed, kOs.
  virtual core::Result<size_t> read(std::span<std::byte> buffer) = 0;

  /// The next read starts here. An offset past the end is legal and reads nothing.
  virtual core::Result<> seek(uint64_t offset) = 0;

  virtual uint64_t size() const = 0;
};

}  // namespace millrace::media::worker
