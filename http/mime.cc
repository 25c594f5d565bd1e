#include "http/mime.h"

#include <algorithm>
#include <array>
#include <utility>

#include "http/token.h"

namespace millrace::http {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

constexpr std::array kByExtension = {
    Entry{"m3u8", "application/vnd.apple.mpegurl"},
    Entry{"ts", "video/mp2t"},
    Entry{"mp4", "video/mp4"},
    Entry{"m4s", "video/iso.segment"},
    Entry{"m4a", "audio/mp4"},
    Entry{"aac", "audio/aac"},
    Entry{"vtt", "text/vtt; charset=utf-8"},
    Entry{"key", "application/octet-stream"},
    Entry{"html", "text/html; charset=utf-8"},
    Entry{"css", "text/css; charset=utf-8"},
    Entry{"js", "text/javascript; charset=utf-8"},
    Entry{"mjs", "text/javascript; charset=utf-8"},
    Entry{"json", "application/json"},
    Entry{"yaml", "application/yaml"},
    Entry{"txt", "text/plain; charset=utf-8"},
    Entry{"svg", "image/svg+xml"},
    Entry{"jpg", "image/jpeg"},
    Entry{"jpeg", "image/jpeg"},
    Entry{"png", "image/png"},
    Entry{"webp", "image/webp"},
    Entry{"ico", "image/x-icon"},
    Entry{"woff2", "font/woff2"},
    Entry{"webmanifest", "application/manifest+json"},
};

constexpr std::array<std::string_view, 9> kCompressible = {
    "application/vnd.apple.mpegurl",
    "application/json",
    "application/problem+json",
    "application/javascript",
    "image/svg+xml",
    "application/manifest+json",
    "application/yaml",
    "application/xml",
    "application/vnd.apple.steering-list",
};

}  // namespace

std::string_view content_type_of(std::string_view path) noexcept {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  const size_t dot = name.rfind('.');
  if (dot != name.npos) {
    const std::string_view extension = name.substr(dot + 1);
    for (const auto& [known, type] : kByExtension) {
      if (equal_ignoring_case(extension, known)) return type;
    }
  }
  return "application/octet-stream";
}

bool is_compressible(std::string_view content_type) noexcept {
  const std::string_view type = trim(take_until(content_type, ';'));
  if (equal_ignoring_case(type, "text/event-stream")) return false;  // Would sit in the compressor.
  if (equal_ignoring_case(type.substr(0, 5), "text/")) return true;
  return std::ranges::any_of(kCompressible,
                             [type](std::string_view t) { return equal_ignoring_case(type, t); });
}

}  // namespace millrace::http
