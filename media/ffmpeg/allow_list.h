// What a worker is willing to parse. Everything else that libav was built with stays unreached:
// image sequences, playlists and scripts name other files, and rare decoders are where the bugs
// are.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "media/ffmpeg/handles.h"
#include "media/ffmpeg/outcome.h"

namespace millrace::media::ffmpeg {

/// Decoders that may be opened, separated by commas, as libav's `codec_whitelist` wants it.
const char* allowed_decoders() noexcept;

/// The decoder for a stream, or null where none of the allowed ones fits.
const AVCodec* find_decoder(AVCodecID id) noexcept;

/// The container of a file by its first bytes (up to kProbeSizeMax) and nothing else, so that a
/// name proves nothing. Errors: kNotMedia, kContainerRefused (a playlist or a list of files),
/// kTruncated (a known container that stops before its index).
Outcome<const AVInputFormat*> recognise_container(std::span<const std::byte> head);

inline constexpr size_t kProbeSizeMax = 1 << 20;  // A cover picture may stand before the music.

}  // namespace millrace::media::ffmpeg
