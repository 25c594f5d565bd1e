// Compression of text bodies.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace millrace::http {

/// One gzip member (RFC 1952) with no name and no time, so that equal text gives equal bytes on
/// every machine. About 100 MB/s: for bodies of up to kGzipBytesMax on a core, or once per
/// snapshot. kOverloaded when zlib cannot have its memory.
core::Result<std::string> gzip(std::string_view text);

/// Below this the header outweighs the gain; one packet holds it anyway.
inline constexpr size_t kGzipBytesMin = 512;
/// 256 KiB: 3 ms of a core at 100 MB/s. Longer texts are compressed once where they are made.
inline constexpr size_t kGzipBytesMax = 256 * 1024;

}  // namespace millrace::http
