#include "media/upload/upload_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>

#include "core/random_id.h"
#include "core/unique_fd.h"

namespace millrace::media::upload {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPart = "original.part";
constexpr std::string_view kOriginal = "original";
constexpr std::string_view kMarker = "unverified-from-";

std::unexpected<core::Error> failure(const std::error_code& error, const char* what) {
  return core::os_failure(error.value(), what);
}

/// The size of a regular file. kNotFound: nothing by that name.
core::Result<uint64_t> file_size(const std::string& path) {
  struct stat found{};
  if (lstat(path.c_str(), &found) != 0) return core::os_failure(errno, "look at an upload");
  if (!S_ISREG(found.st_mode)) {
    return core::fail(core::ErrorCode::kInternal, "an upload is not a regular file");
  }
  return static_cast<uint64_t>(found.st_size);
}

core::Result<> sync(const std::string& path, int flags) {
  const core::UniqueFd fd(open(path.c_str(), flags | O_CLOEXEC));
  if (!fd) return core::os_failure(errno, "open to sync");
  if (fsync(fd.get()) != 0) return core::os_failure(errno, "sync");
  return {};
}

std::optional<uint64_t> offset_of_marker(std::string_view name) {
  if (!name.starts_with(kMarker)) return std::nullopt;
  name.remove_prefix(kMarker.size());
  uint64_t offset = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), offset);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return offset;
}

}  // namespace

std::string UploadStore::folder(std::string_view id) const { return root_ + "/" + std::string(id); }

std::string UploadStore::part(std::string_view id) const {
  return folder(id).append("/").append(kPart);
}

std::string UploadStore::original(std::string_view id) const {
  return folder(id).append("/").append(kOriginal);
}

std::string UploadStore::marker(std::string_view id, uint64_t offset) const {
  return folder(id).append("/").append(kMarker).append(std::to_string(offset));
}

core::Result<> UploadStore::prepare() const {
  std::error_code error;
  fs::create_directories(root_, error);
  if (error) return failure(error, "make the folder of uploads");
  return {};
}

core::Result<> UploadStore::create(std::string_view id) const {
  if (mkdir(folder(id).c_str(), 0755) != 0) {
    if (errno == EEXIST) return core::fail(core::ErrorCode::kConflict, "the id is taken");
    return core::os_failure(errno, "make the folder of an upload");
  }
  const core::UniqueFd fd(open(part(id).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (fd) return {};
  const int error = errno;
  rmdir(folder(id).c_str());
  return core::os_failure(error, "make the part of an upload");
}

core::Result<> UploadStore::cut_unverified(std::string_view id) const {
  std::error_code error;
  for (fs::directory_iterator at(folder(id), error), end; !error && at != end;
       at.increment(error)) {
    const std::optional<uint64_t> offset = offset_of_marker(at->path().filename().native());
    if (!offset) continue;
    const core::Result<uint64_t> size = file_size(part(id));
    if (size && *size > *offset) {
      if (truncate(part(id).c_str(), static_cast<off_t>(*offset)) != 0) {
        return core::os_failure(errno, "cut off unverified bytes");
      }
    }
    if (unlink(at->path().c_str()) != 0) return core::os_failure(errno, "remove a marker");
  }
  if (error) return failure(error, "list the folder of an upload");
  return {};
}

core::Result<PartStatus> UploadStore::inspect(std::string_view id) const {
  if (const auto done = cut_unverified(id); !done) {
    if (done.error().code == core::ErrorCode::kNotFound) return PartStatus{};
    return std::unexpected(done.error());
  }
  for (const PartState state : {PartState::kReceiving, PartState::kPublished}) {
    const core::Result<uint64_t> size =
        file_size(state == PartState::kReceiving ? part(id) : original(id));
    if (size) return PartStatus{.state = state, .size = *size};
    if (size.error().code != core::ErrorCode::kNotFound) return std::unexpected(size.error());
  }
  return PartStatus{};
}

core::Result<> UploadStore::publish(std::string_view id) const {
  if (const auto done = sync(part(id), O_RDONLY); !done) return done;
  if (rename(part(id).c_str(), original(id).c_str()) != 0) {
    return core::os_failure(errno, "publish an upload");
  }
  return sync(folder(id), O_RDONLY | O_DIRECTORY);
}

core::Result<> UploadStore::remove(std::string_view id) const {
  std::error_code error;
  fs::remove_all(folder(id), error);
  if (error) return failure(error, "remove an upload");
  return {};
}

core::Result<std::vector<std::string>> UploadStore::list() const {
  std::vector<std::string> ids;
  std::error_code error;
  for (fs::directory_iterator at(root_, error), end; !error && at != end; at.increment(error)) {
    std::string name = at->path().filename();
    if (core::is_random_id(name)) ids.push_back(std::move(name));
  }
  if (error) return failure(error, "list the uploads");
  return ids;
}

core::Result<uint64_t> UploadStore::free_bytes() const {
  struct statvfs found{};
  if (statvfs(root_.c_str(), &found) != 0) return core::os_failure(errno, "ask for free space");
  return uint64_t{found.f_bavail} * found.f_frsize;
}

}  // namespace millrace::media::upload
