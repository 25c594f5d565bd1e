#include "http/tls/body_source.h"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

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

Result<size_t> BodySource::read(std::span<std::byte> room) noexcept {
  size_t taken = 0;
  while (taken < room.size() && !pieces_.empty()) {
    const Piece& piece = pieces_.front();
    size_t size = 0;
    if (piece.file == nullptr) {
      const auto bytes = piece.bytes.subspan(done_);
      size = std::min(bytes.size(), room.size() - taken);
      std::ranges::copy(bytes.first(size), room.subspan(taken).begin());
    } else {
      const Result<size_t> read = read_file(room.subspan(taken));
      if (!read) return read;
      if (*read == 0) break;
      size = *read;
    }
    skip(size);
    taken += size;
  }
  return taken;
}

// RWF_NOWAIT is probe and read in one: it yields what is in the page cache and nothing else.
Result<size_t> BodySource::read_file(std::span<std::byte> room) noexcept {
  const Piece& run = pieces_.front();
  const size_t wanted = static_cast<size_t>(std::min<uint64_t>(room.size(), run.size - done_));
  const iovec where{.iov_base = room.data(), .iov_len = wanted};
  const int flags = done_ + wanted <= fetched_until_ ? 0 : RWF_NOWAIT;
  const ssize_t size =
      ::preadv2(run.file->fd(), &where, 1, static_cast<off_t>(run.offset + done_), flags);
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
