#include "media/live/channel/sequence_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>

#include "core/json.h"
#include "core/json_writer.h"
#include "core/unique_fd.h"

namespace millrace::media::live {
namespace {

using core::ErrorCode;
using core::fail;
using core::os_failure;
using core::Result;

constexpr size_t kFileSizeMax = 4096;

std::string text_of(const SequenceFloors& floors) {
  std::string text;
  core::JsonWriter(text)
      .begin_object()
      .member("mediaSequence", floors.media_sequence)
      .member("discontinuitySequence", floors.discontinuity_sequence)
      .end_object();
  return text;
}

Result<> write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return os_failure(errno, "writing the floors of a stream");
    text.remove_prefix(static_cast<size_t>(written));
  }
  if (::fsync(fd) != 0) return os_failure(errno, "writing the floors of a stream");
  return {};
}

Result<> sync_folder(const std::string& folder) {
  const core::UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return os_failure(errno, "the folder of a stream's floors");
  return {};
}

}  // namespace

Result<SequenceFloors> read_floors(const std::string& path) {
  const core::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd && errno == ENOENT) return SequenceFloors{};
  if (!fd) return os_failure(errno, "the floors of a stream");
  std::string text(kFileSizeMax, '\0');
  const ssize_t size = ::read(fd.get(), text.data(), text.size());
  if (size < 0) return os_failure(errno, "reading the floors of a stream");
  text.resize(static_cast<size_t>(size));
  const auto json = core::parse_json(text);
  const core::JsonValue* media = json ? json->find("mediaSequence") : nullptr;
  const core::JsonValue* breaks = json ? json->find("discontinuitySequence") : nullptr;
  if (media == nullptr || breaks == nullptr || !media->as_uint() || !breaks->as_uint() ||
      *media->as_uint() == 0) {
    return fail(ErrorCode::kMalformed, "the floors of a stream");
  }
  return SequenceFloors{.media_sequence = *media->as_uint(),
                        .discontinuity_sequence = *breaks->as_uint()};
}

Result<> write_floors(const std::string& path, const SequenceFloors& floors) {
  const std::string folder = std::filesystem::path(path).parent_path();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return os_failure(error.value(), "the folder of a stream's floors");
  const std::string fresh = path + ".new";
  const core::UniqueFd fd(
      ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd) return os_failure(errno, "the floors of a stream");
  if (const auto written = write_whole(fd.get(), text_of(floors)); !written) return written;
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    return os_failure(errno, "renaming the floors of a stream");
  }
  return sync_folder(folder);
}

}  // namespace millrace::media::live
