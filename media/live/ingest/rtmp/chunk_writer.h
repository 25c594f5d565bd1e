// Cuts messages into chunks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "media/live/ingest/rtmp/message.h"

namespace millrace::media::rtmp {

struct ChunkForm {
  uint32_t chunk_stream_id = 3;  ///< 2 … 63.
  uint32_t chunk_size = 128;
};

/// A whole header (type 0) and then as many chunks as the body needs. Source: Adobe, RTMP 1.0, 5.3.
void append_message(std::vector<std::byte>& out, const Message& message, ChunkForm form);

}  // namespace millrace::media::rtmp
