#include "core/page_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/assert.h"
#include "core/io/files.h"

namespace millrace::core {

Task<Result<uint64_t>> PageFile::append(Ring& ring, std::span<const std::byte> bytes) {
  if (is_memory_) co_return append_now(bytes);
  MR_ASSERT(!is_sealed_);
  const Result<> written = co_await io::write_all(ring, fd_.get(), bytes, size_);
  if (!written) co_return std::unexpected(written.error());
  co_return std::exchange(size_, size_ + bytes.size());
}

Result<uint64_t> PageFile::append_now(std::span<const std::byte> bytes) noexcept {
  MR_ASSERT(is_memory_ && !is_sealed_);
  uint64_t end = size_;
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(end));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return os_failure(errno, "pwrite");
    bytes = bytes.subspan(static_cast<size_t>(written));
    end += static_cast<uint64_t>(written);
  }
  return std::exchange(size_, end);
}

void PageFile::seal() noexcept {
  is_sealed_ = true;
  // Room that cannot be given back is lost until the file goes, and nothing else.
  static_cast<void>(::ftruncate(fd_.get(), static_cast<off_t>(size_)));
}

Result<UniqueFd> PageFile::duplicate() const noexcept {
  UniqueFd fd(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 3));
  if (!fd) return os_failure(errno, "fcntl");
  return fd;
}

}  // namespace millrace::core
