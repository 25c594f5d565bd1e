// Which files of a cache there are, in the order in which they were made.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace millrace::media::library {

/// Counts, and says which go; it touches no file.
class KeptFiles {
 public:
  explicit KeptFiles(uint64_t bytes_max) noexcept : bytes_max_(bytes_max) {}

  struct File {
    std::string path;
    std::string video_id;
    uint64_t size = 0;
  };
  /// A path that is there already was made once more. Yields the paths of the oldest files over the
  /// limit, which are no longer counted; never that of `file`.
  [[nodiscard]] std::vector<std::string> add(File file);
  /// The files of a video that was removed are gone.
  void forget(std::string_view video_id);

  [[nodiscard]] uint64_t bytes() const noexcept { return bytes_; }

 private:
  using Place = std::list<File>::iterator;
  Place drop(Place file);

  uint64_t bytes_max_;
  uint64_t bytes_ = 0;
  std::list<File> files_;                                // The oldest first.
  std::unordered_map<std::string_view, Place> by_path_;  // Views into the files.
};

}  // namespace millrace::media::library
