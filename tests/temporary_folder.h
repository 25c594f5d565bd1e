// A folder of one test.
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

namespace millrace::test {

/// Removed with everything in it at the end.
class TemporaryFolder {
 public:
  /// kMemory: in memory where there is such a place, for tests that sync far more often than a
  /// server does.
  enum class Place : uint8_t { kDisk, kMemory };

  explicit TemporaryFolder(Place place = Place::kDisk) {
    std::filesystem::path parent = "/dev/shm";
    if (place == Place::kDisk || ::access(parent.c_str(), W_OK) != 0) {
      parent = std::filesystem::temp_directory_path();
    }
    std::string name = parent / "millrace-test-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string file(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace millrace::test
