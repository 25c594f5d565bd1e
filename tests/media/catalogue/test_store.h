// A catalogue file in a folder of its own that goes away with the test.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "media/catalogue/catalogue.h"
#include "tests/temporary_folder.h"

namespace millrace::media::catalogue::test {

/// These tests sync for every change.
class TemporaryFolder : public millrace::test::TemporaryFolder {
 public:
  TemporaryFolder() : millrace::test::TemporaryFolder(Place::kMemory) {}
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
