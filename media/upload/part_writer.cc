#include "media/upload/part_writer.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/io/open_at.h"
#include "core/io/write.h"

namespace millrace::media::upload {

using core::Result;
using core::Task;

Task<Result<>> PartWriter::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const size_t size = std::min(bytes.size(), buffer_.size() - filled_);
    std::memcpy(buffer_.bytes().data() + filled_, bytes.data(), size);
    filled_ += size;
    bytes = bytes.subspan(size);
    if (filled_ < buffer_.size()) co_return Result<>{};
    if (const Result<> done = co_await flush(); !done) co_return done;
  }
  co_return Result<>{};
}

Task<Result<>> PartWriter::flush() {
  if (filled_ == 0) co_return Result<>{};
  if (const Result<> done = co_await make_marker(); !done) co_return done;
  // Never cancelled: a client that goes away finds all it has sent. After an error the offset is
  // where the file really ends, also when a full disk took a part of the buffer; the rest of the
  // buffer is dropped.
  std::span<const std::byte> rest = buffer_.bytes().first(std::exchange(filled_, 0));
  while (!rest.empty()) {
    const Result<size_t> written =
        co_await core::io::Write(ring_, target_.fd.get(), rest, target_.offset);
    if (!written) co_return std::unexpected(written.error());
    if (*written == 0) co_return core::fail(core::ErrorCode::kOs, "a write of nothing");
    target_.offset += *written;
    rest = rest.subspan(*written);
  }
  co_return Result<>{};
}

Task<Result<>> PartWriter::make_marker() {
  if (target_.marker.empty() || made_marker_) co_return Result<>{};
  const Result<core::UniqueFd> made =
      co_await core::io::OpenAt(ring_, target_.marker, O_WRONLY | O_CREAT | O_EXCL, 0644);
  if (!made) co_return std::unexpected(made.error());
  made_marker_ = true;
  co_return Result<>{};
}

}  // namespace millrace::media::upload
