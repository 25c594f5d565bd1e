// A Source as libavformat wants to read it.
#pragma once

#include <cstdint>

#include "media/ffmpeg/handles.h"
#include "media/worker/source.h"

namespace millrace::media::ffmpeg {

/// Borrows the source. An error of the source (the server is gone) ends the reading and is kept,
/// because libav would take it for the end of a damaged file.
class SourceIo {
 public:
  explicit SourceIo(worker::Source& source);
  SourceIo(const SourceIo&) = delete;
  SourceIo& operator=(const SourceIo&) = delete;
  ~SourceIo();

  AVIOContext* context() noexcept { return context_; }
  const core::Result<>& state() const noexcept { return state_; }

 private:
  static int read(void* self, uint8_t* buffer, int size);
  static int64_t seek(void* self, int64_t offset, int whence);

  worker::Source& source_;
  core::Result<> state_;
  int64_t position_ = 0;
  AVIOContext* context_ = nullptr;
};

}  // namespace millrace::media::ffmpeg
