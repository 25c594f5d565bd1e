// Whole reads and writes of files, of several operations each.
#pragma once

#include <span>
#include <string>

#include "core/ring.h"
#include "core/task.h"

namespace millrace::core::io {

/// Writes all of `bytes`. Errors: kNoSpace, the cancellation's reason, kOs.
Task<Result<>> write_all(Ring& ring, int fd, std::span<const std::byte> bytes, uint64_t offset);

/// Fills all of `buffer`. Errors: kClosed when the file ends before, kOs.
Task<Result<>> read_exactly(Ring& ring, int fd, std::span<std::byte> buffer, uint64_t offset);

/// Makes the folder and its parents. Errors: kNoSpace, kOs.
Task<Result<>> make_folders(Ring& ring, std::string path);

}  // namespace millrace::core::io
