#include "media/api/page_routes.h"

#include <memory>
#include <string>
#include <unordered_map>

#include "media/player/assets.h"

namespace millrace::media::api {
namespace {

core::Snapshot<std::string> text_of(std::span<const std::byte> bytes) {
  if (bytes.empty()) return nullptr;
  return std::make_shared<std::string>(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

/// The embedded bytes as bodies that every response of this core shares.
const http::SharedBytes& body_of(const player::Asset& asset) {
  thread_local std::unordered_map<const player::Asset*, http::SharedBytes> bodies;
  const auto [place, fresh] = bodies.try_emplace(&asset);
  if (fresh) place->second = {.identity = text_of(asset.bytes), .gzip = text_of(asset.gzip)};
  return place->second;
}

http::RouteResult send(std::string_view path) {
  const player::Asset* asset = player::find_asset(path);
  if (asset == nullptr) return core::fail(core::ErrorCode::kNotFound, "the page has no such file");
  return http::Response::ok(asset->content_type, body_of(*asset))
      .with_cache_control(player::kAssetCacheControl)
      .with("Content-Security-Policy", player::kContentSecurityPolicy)
      .with_etag(std::string(asset->etag));
}

}  // namespace

http::RouteResult get_page(http::Request& /*request*/) { return send("/"); }

http::RouteResult get_asset(http::Request& request) { return send(request.path()); }

}  // namespace millrace::media::api
