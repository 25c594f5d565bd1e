// Media types of what this server sends (HT-01).
#pragma once

#include <string_view>

namespace millrace::http {

/// By the extension of `path`; "application/octet-stream" when unknown. A track of audio only has
/// `.mp4` too: its route says audio/mp4 itself.
std::string_view content_type_of(std::string_view path) noexcept;

/// True for text that gzip shrinks: playlists, VTT, JSON, HTML, CSS, JavaScript, SVG. Never media.
bool is_compressible(std::string_view content_type) noexcept;

}  // namespace millrace::http
