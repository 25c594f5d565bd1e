#include "media/library/remove_tree.h"

#include <fcntl.h>

#include <filesystem>
#include <ranges>
#include <vector>

#include "core/io/unlink.h"

namespace millrace::media::library {
namespace {

struct Name {
  std::string path;
  int unlink_flags = 0;
};

/// A folder comes before what is in it.
core::Result<std::vector<Name>> names_in(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<Name> names{{.path = folder, .unlink_flags = AT_REMOVEDIR}};
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  while (!error && entry != fs::recursive_directory_iterator()) {
    const bool is_folder = fs::is_directory(entry->symlink_status(error));
    names.push_back({.path = entry->path().string(), .unlink_flags = is_folder ? AT_REMOVEDIR : 0});
    entry.increment(error);
  }
  if (error) return core::os_failure(error.value(), "listing a folder to remove");
  return names;
}

}  // namespace

core::Task<core::Result<>> remove_tree(core::ControlThread& control, core::Ring& ring,
                                       std::string folder) {
  const core::Result<std::vector<Name>> names =
      co_await control.run([&folder] { return names_in(folder); });
  if (!names) {
    if (names.error().code == core::ErrorCode::kNotFound) co_return core::Result<>{};
    co_return std::unexpected(names.error());
  }
  for (const Name& name : std::views::reverse(*names)) {
    const core::Result<> removed = co_await core::io::Unlink(ring, name.path, name.unlink_flags);
    if (!removed && removed.error().code != core::ErrorCode::kNotFound) {
      co_return std::unexpected(removed.error());
    }
  }
  co_return core::Result<>{};
}

}  // namespace millrace::media::library
