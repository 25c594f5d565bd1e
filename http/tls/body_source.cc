#include "http/tls/body_source.h"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/assert.h"

namespace millrace::http::tls {

using core::ErrorCode;
using core::fail;
using core::Result;

BodySource::BodySource(std::span<const Piece> pieces) noexcept : pieces_(pieces) {
  for (const Piece& piece : pieces) left_ += size_of(piece);
  skip(0);
}

void BodySource::skip(size_t size) noexcept {
  done_ += size;
  left_ -= size;
  while (!pieces_.empty() && done_ == size_of(pieces_.front())) {
    pieces_ = pieces_.subspan(1);
    done_ = 0;
    fetched_until_ = 0;
  }
}

Result<size_t> BodySource::read(std::span<const std::span<std::byte>> rooms) noexcept {
  MR_ASSERT(rooms.size() <= kRoomsMax);
  std::array<std::span<std::byte>, kRoomsMax> left;
  std::ranges::copy(rooms, left.begin());
  size_t first = 0;
  size_t taken = 0;
  while (first < rooms.size() && !pieces_.empty()) {
    const Result<size_t> read = read_some(std::span(left).subspan(first, rooms.size() - first));
    if (!read) return read;
    if (*read == 0) break;
    skip(*read);
    taken += *read;
    for (size_t size = *read; size > 0;) {
      const size_t used = std::min(size, left[first].size());
      left[first] = left[first].subspan(used);
      size -= used;
      if (left[first].empty()) ++first;
    }
  }
  return taken;
}

// Of one piece.
Result<size_t> BodySource::read_some(std::span<const std::span<std::byte>> rooms) noexcept {
  const Piece& piece = pieces_.front();
  if (piece.file != nullptr) return read_file(rooms);
  const auto bytes = piece.bytes.subspan(done_);
  const size_t size = std::min(bytes.size(), rooms.front().size());
  std::ranges::copy(bytes.first(size), rooms.front().begin());
  return size;
}

// RWF_NOWAIT is probe and read in one: it yields what is in the page cache and nothing else.
Result<size_t> BodySource::read_file(std::span<const std::span<std::byte>> rooms) noexcept {
  const Piece& run = pieces_.front();
  std::array<iovec, kRoomsMax> vectors;
  size_t count = 0;
  size_t wanted = 0;
  for (const std::span<std::byte> room : rooms) {
    const auto size =
        static_cast<size_t>(std::min<uint64_t>(room.size(), run.size - done_ - wanted));
    if (size == 0) break;
    vectors[count++] = {.iov_base = room.data(), .iov_len = size};
    wanted += size;
  }
  const bool is_warm = done_ + wanted <= fetched_until_ || run.file->stays_resident();
  const int flags = is_warm ? 0 : RWF_NOWAIT;
  const ssize_t size = ::preadv2(run.file->fd(), vectors.data(), static_cast<int>(count),
                                 static_cast<off_t>(run.offset + done_), flags);
  if (size == 0) return fail(ErrorCode::kMalformed, "a file is shorter than its index");
  if (size < 0) {
    const bool is_cold = errno == EAGAIN || errno == EINTR || errno == EOPNOTSUPP;
    if (is_cold) return size_t{0};
    return core::os_failure(errno, "preadv2");
  }
  return static_cast<size_t>(size);
}

Piece BodySource::rest_of_file() const noexcept {
  const Piece& run = pieces_.front();
  return {.file = run.file, .offset = run.offset + done_, .size = run.size - done_};
}

}  // namespace millrace::http::tls
