// Media messages as FLV, which is what they were cut from.
#pragma once

#include <cstddef>
#include <vector>

#include "core/result.h"
#include "media/live/ingest/rtmp/message.h"

namespace millrace::media::rtmp {

/// Whether append_tags makes something of messages of this type.
bool is_media(MessageType type) noexcept;

/// Appends the FLV tags of an audio, video, data or aggregate message: none for an empty one. Of
/// data that `@setDataFrame` sets, what it sets. Timestamps are those of the message.
/// Errors: kMalformed (aggregate).
core::Result<> append_tags(std::vector<std::byte>& out, const Message& message);

}  // namespace millrace::media::rtmp
