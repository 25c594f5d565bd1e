// What an operator may set about files served from a folder.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "core/byte_count.h"

namespace millrace::core {

/// A folder of files that others write, served as they are.
struct FilesConfig {
  std::string folder;  ///< Empty: off.
  std::string path = "/files/";
  std::chrono::milliseconds recheck_after = std::chrono::seconds(1);
  std::chrono::milliseconds max_age = std::chrono::hours(1);
  std::chrono::milliseconds playlist_max_age = std::chrono::seconds(1);
  uint32_t cache_files_max = 2048;
  ByteCount cache_memory = 32_MiB;
};

}  // namespace millrace::core
