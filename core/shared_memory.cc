#include "core/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace millrace::core {
namespace {

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

}  // namespace

Result<SharedMemory> SharedMemory::create(const char* name, size_t size) {
  UniqueFd fd(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return os_failure(errno, "memfd_create");
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0) return os_failure(errno, "ftruncate");
  if (::fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) return os_failure(errno, "F_ADD_SEALS");
  return map(std::move(fd), size);
}

Result<SharedMemory> SharedMemory::attach(UniqueFd fd) {
  const int seals = ::fcntl(fd.get(), F_GET_SEALS);
  if (seals < 0) return os_failure(errno, "F_GET_SEALS");
  if ((seals & kSeals) != kSeals) return fail(ErrorCode::kMalformed, "shared memory is not sealed");
  struct stat status{};
  if (::fstat(fd.get(), &status) != 0) return os_failure(errno, "fstat");
  return map(std::move(fd), static_cast<size_t>(status.st_size));
}

Result<SharedMemory> SharedMemory::map(UniqueFd fd, size_t size) {
  void* address = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (address == MAP_FAILED) return os_failure(errno, "mmap");
  return SharedMemory(std::move(fd), {static_cast<std::byte*>(address), size});
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : fd_(std::move(other.fd_)), bytes_(std::exchange(other.bytes_, {})) {}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

SharedMemory::~SharedMemory() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

}  // namespace millrace::core
