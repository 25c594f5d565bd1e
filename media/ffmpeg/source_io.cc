#include "media/ffmpeg/source_io.h"

#include <cstdio>
#include <span>

namespace millrace::media::ffmpeg {
namespace {

// 128 KiB: a seek inside the buffer costs nothing, one outside asks the server, and the index of an
// hour of film is read in a handful of fills.
constexpr int kBufferSize = 128 << 10;

}  // namespace

SourceIo::SourceIo(worker::Source& source) : source_(source) {
  auto* buffer = static_cast<uint8_t*>(av_malloc(kBufferSize));
  MR_ASSERT(buffer != nullptr);
  context_ = avio_alloc_context(buffer, kBufferSize, /*write_flag=*/0, this, &SourceIo::read,
                                /*write_packet=*/nullptr, &SourceIo::seek);
  MR_ASSERT(context_ != nullptr);
}

SourceIo::~SourceIo() {
  av_freep(&context_->buffer);  // libav may have put another buffer in place of ours.
  avio_context_free(&context_);
}

int SourceIo::read(void* self, uint8_t* buffer, int size) {
  auto& io = *static_cast<SourceIo*>(self);
  if (!io.state_) return AVERROR_EXIT;
  const auto got =
      io.source_.read(std::as_writable_bytes(std::span(buffer, static_cast<size_t>(size))));
  if (!got) {
    io.state_ = std::unexpected(got.error());
    return AVERROR_EXIT;
  }
  if (*got == 0) return AVERROR_EOF;
  io.position_ += static_cast<int64_t>(*got);
  return static_cast<int>(*got);
}

int64_t SourceIo::seek(void* self, int64_t offset, int whence) {
  auto& io = *static_cast<SourceIo*>(self);
  const auto size = static_cast<int64_t>(io.source_.size());
  if ((whence & AVSEEK_SIZE) != 0) return size;
  switch (whence & ~AVSEEK_FORCE) {
    case SEEK_SET:
      break;
    case SEEK_CUR:
      offset += io.position_;
      break;
    case SEEK_END:
      offset += size;
      break;
    default:
      return AVERROR(EINVAL);
  }
  if (offset < 0) return AVERROR(EINVAL);
  if (offset == io.position_) return offset;
  if (!io.state_) return AVERROR_EXIT;
  if (io.state_ = io.source_.seek(static_cast<uint64_t>(offset)); !io.state_) return AVERROR_EXIT;
  return io.position_ = offset;
}

}  // namespace millrace::media::ffmpeg
