// A file that bytes are appended to once and sent from many times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/result.h"
#include "core/ring.h"
#include "core/task.h"
#include "core/unique_fd.h"

namespace millrace::core {

/// Has no name and only grows: a page that was sent from is never written again, because sendfile
/// sends live pages (a slow viewer would get the new bytes in an old response). Made by PageSource.
/// One writer; `fd` may be sent from on any core, up to the `size` that its core was told.
class PageFile {
 public:
  PageFile(PageFile&&) noexcept = default;
  PageFile& operator=(PageFile&&) noexcept = default;

  /// Yields where `bytes` begin. Does not wait where the pages are memory; on a disk the ring
  /// writes. One at a time. After an error nothing of them counts. Errors: kNoSpace, kOs.
  Task<Result<uint64_t>> append(Ring& ring, std::span<const std::byte> bytes);
  /// The same at once, where `is_memory`.
  Result<uint64_t> append_now(std::span<const std::byte> bytes) noexcept;
  /// Nothing will be appended any more: gives back the room that was not used.
  void seal() noexcept;

  [[nodiscard]] uint64_t size() const noexcept { return size_; }
  /// Whether all its bytes stay in memory, so that a send never waits for a disk.
  [[nodiscard]] bool is_memory() const noexcept { return is_memory_; }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  /// Another descriptor, which keeps the bytes beyond the end of this object. Errors: kOs.
  [[nodiscard]] Result<UniqueFd> duplicate() const noexcept;

 private:
  friend class PageSource;
  enum class Where : uint8_t { kMemory, kDisk };
  PageFile(UniqueFd fd, Where where) noexcept
      : fd_(std::move(fd)), is_memory_(where == Where::kMemory) {}

  UniqueFd fd_;
  uint64_t size_ = 0;
  bool is_memory_;
  bool is_sealed_ = false;
};

}  // namespace millrace::core
