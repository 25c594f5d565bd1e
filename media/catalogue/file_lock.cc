#include "media/catalogue/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace millrace::media::catalogue {

core::Result<FileLock> FileLock::take(const std::string& path) {
  core::UniqueFd fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) return core::os_failure(errno, "open the lock of the catalogue");
  if (flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return FileLock(std::move(fd));
  if (errno != EWOULDBLOCK) return core::os_failure(errno, "lock the catalogue");
  return core::fail(core::ErrorCode::kConflict, "another millrace uses this store");
}

}  // namespace millrace::media::catalogue
