// Files to be served, without a name.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "http/open_file.h"

namespace millrace::http::test {

/// Gone with its last owner.
inline std::shared_ptr<const OpenFile> file_of(std::string_view bytes) {
  std::string name = std::filesystem::temp_directory_path() / "millrace-test-XXXXXX";
  core::UniqueFd fd(::mkostemp(name.data(), O_CLOEXEC));
  EXPECT_TRUE(fd);
  ::unlink(name.c_str());
  size_t written = 0;
  while (written < bytes.size()) {
    const ssize_t size = ::write(fd.get(), bytes.data() + written, bytes.size() - written);
    if (size <= 0) break;
    written += static_cast<size_t>(size);
  }
  EXPECT_EQ(written, bytes.size());
  return std::make_shared<const OpenFile>(std::move(fd), bytes.size());
}

}  // namespace millrace::http::test
