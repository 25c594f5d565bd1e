#include "core/io/files.h"

#include <algorithm>

#include "core/io/mkdir.h"
#include "core/io/read.h"
#include "core/io/write.h"

namespace millrace::core::io {
namespace {

// An operation's count is an int; a quarter of its range keeps every sum small.
constexpr size_t kMostAtOnce = size_t{512} << 20;

}  // namespace

Task<Result<>> write_all(Ring& ring, int fd, std::span<const std::byte> bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const auto next = bytes.first(std::min(bytes.size(), kMostAtOnce));
    const Result<size_t> written = co_await Write(ring, fd, next, offset);
    if (!written) co_return std::unexpected(written.error());
    if (*written == 0) co_return fail(ErrorCode::kOs, "a write of nothing");
    bytes = bytes.subspan(*written);
    offset += *written;
  }
  co_return Result<>{};
}

Task<Result<>> read_exactly(Ring& ring, int fd, std::span<std::byte> buffer, uint64_t offset) {
  while (!buffer.empty()) {
    const auto next = buffer.first(std::min(buffer.size(), kMostAtOnce));
    const Result<size_t> got = co_await Read(ring, fd, next, offset);
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) co_return fail(ErrorCode::kClosed, "the file ends early");
    buffer = buffer.subspan(*got);
    offset += *got;
  }
  co_return Result<>{};
}

Task<Result<>> make_folders(Ring& ring, std::string path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    const Result<> made = co_await Mkdir(ring, path.substr(0, slash));
    if (!made) co_return made;
  }
  co_return co_await Mkdir(ring, path);
}

}  // namespace millrace::core::io
