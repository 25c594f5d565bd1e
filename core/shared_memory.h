// Memory that two processes map.
#pragma once

#include <cstddef>
#include <span>

#include "core/result.h"
#include "core/unique_fd.h"

namespace millrace::core {

/// A memfd that is mapped for as long as this lives. It is sealed against shrinking and growing:
/// otherwise the other process could truncate it, and the next access here would be a SIGBUS.
class SharedMemory {
 public:
  /// `size` bytes of zeros, a multiple of the page size; `name` shows in /proc/<pid>/maps.
  /// Errors: kOs (ENOMEM, EMFILE).
  static Result<SharedMemory> create(const char* name, size_t size);
  /// Maps what another process made. Errors: kMalformed where it is not sealed, kOs.
  static Result<SharedMemory> attach(UniqueFd fd);

  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  ~SharedMemory();

  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }
  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

 private:
  SharedMemory(UniqueFd fd, std::span<std::byte> bytes) noexcept
      : fd_(std::move(fd)), bytes_(bytes) {}
  static Result<SharedMemory> map(UniqueFd fd, size_t size);

  UniqueFd fd_;
  std::span<std::byte> bytes_;
};

}  // namespace millrace::core
