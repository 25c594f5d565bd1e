#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "core/buffer_pool.h"
#include "core/hash.h"
#include "core/result.h"
#include "core/ring.h"
#include "core/task.h"
#include "core/unique_fd.h"

namespace millrace::media::upload {

/// Appends to a part file through one buffer, so that the disk sees few large writes whatever the
/// network delivers. One core. The kernel reads the buffer while a member is awaited.
class PartWriter {
 public:
  /// 256 KiB: sixteen reads of a socket; one more copy in the cache, one system call less for each.
  static constexpr size_t kBufferSize = size_t{256} << 10;

  struct Target {
    core::UniqueFd fd;
    uint64_t offset = 0;
    /// Made before the first byte reaches the file; empty for bytes that need no checksum.
    std::string marker;
  };
  PartWriter(core::Ring& ring, Target target, core::PooledBuffer buffer)
      : ring_(ring), target_(std::move(target)), buffer_(std::move(buffer)) {}

  /// Errors: kNoSpace, kOs. What was written before stays.
  core::Task<core::Result<>> append(std::span<const std::byte> bytes);
  /// Brings everything appended so far to the file.
  core::Task<core::Result<>> flush();

  int fd() const noexcept { return target_.fd.get(); }
  /// The end of what is in the file.
  uint64_t flushed_size() const noexcept { return target_.offset; }
  /// The end of what was appended.
  uint64_t size() const noexcept { return target_.offset + filled_; }
  bool made_marker() const noexcept { return made_marker_; }
  /// The bytes are what the client meant: a marker that was not made yet is not needed.
  void vouch() noexcept { target_.marker.clear(); }

 private:
  core::Task<core::Result<>> make_marker();

  core::Ring& ring_;
  Target target_;
  core::PooledBuffer buffer_;
  size_t filled_ = 0;
  bool made_marker_ = false;
};

}  // namespace millrace::media::upload
