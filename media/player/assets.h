// The page, its scripts and styles, and what they need from npm, as bytes inside the binary.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace millrace::media::player {

/// One embedded file. Everything is static: valid for the life of the process, on every core.
struct Asset {
  std::string_view path;  ///< URL path: "/" is the page, everything else starts with "/assets/".
  std::string_view content_type;
  std::span<const std::byte> bytes;
  std::span<const std::byte> gzip;  ///< The same, compressed; empty where that gains nothing.
  std::string_view etag;            ///< Strong, with its quotes; of `bytes`.
};

std::span<const Asset> assets() noexcept;

/// Null when there is no such file, e.g. hls.js in a binary that was built without npm.
const Asset* find_asset(std::string_view path) noexcept;

/// For the page: nothing inline, nothing from elsewhere. hls.js plays from `blob:` addresses and
/// fills caption tracks that begin as `data:`.
inline constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self' blob: data:; connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'";

/// Asset addresses carry no version, so they are kept by the browser but asked for again with
/// If-None-Match: an upgrade of the server never mixes two versions of the page's modules.
inline constexpr std::string_view kAssetCacheControl = "no-cache";

}  // namespace millrace::media::player
