// A catalogue file in a folder of its own that goes away with the test.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "media/catalogue/catalogue.h"

namespace millrace::media::catalogue::test {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    // In memory where there is such a place: these tests sync far more often than a server.
    std::filesystem::path place = "/dev/shm";
    if (access(place.c_str(), W_OK) != 0) place = std::filesystem::temp_directory_path();
    std::string pattern = (place / "millrace.XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;

  std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline Timestamp at_ms(int64_t ms) { return Timestamp(std::chrono::milliseconds(ms)); }

inline std::unique_ptr<Catalogue> must_open(const std::string& path) {
  auto catalogue = Catalogue::open(path);
  if (!catalogue) {
    ADD_FAILURE() << "open: " << catalogue.error().what;
    std::abort();
  }
  return std::move(*catalogue);
}

inline VideoRecord video(std::string id, std::string title = "A film") {
  return {.id = std::move(id),
          .title = std::move(title),
          .created = at_ms(1'000),
          .size = 42,
          .file_name = "film.mp4"};
}

}  // namespace millrace::media::catalogue::test
