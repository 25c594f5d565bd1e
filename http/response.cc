#include "http/response.h"

#include <fmt/format.h>

#include "core/hash.h"

namespace millrace::http {
namespace {

// Constant, so that every origin and edge gives the same tag to the same bytes.
constexpr uint64_t kEtagSeed = 0;

}  // namespace

std::string content_etag(std::string_view bytes) {
  return fmt::format("\"{}\"", core::to_hex(core::xxh3_128(core::bytes_of(bytes), kEtagSeed)));
}

Response Response::of(std::shared_ptr<SharedResponse> what) {
  Response response;
  response.shared = std::move(what);
  return response;
}

Response Response::ok(std::string_view content_type, Body body) {
  Response response;
  response.body = std::move(body);
  response.headers.set("Content-Type", content_type);
  return response;
}

Response Response::created(std::string_view location) {
  Response response;
  response.status = 201;
  response.headers.set("Location", location);
  return response;
}

Response Response::no_content() {
  Response response;
  response.status = 204;
  return response;
}

Response Response::see_other(std::string_view location) {
  Response response;
  response.status = 303;
  response.headers.set("Location", location);
  return response;
}

Response&& Response::with(std::string_view name, std::string_view value) && {
  headers.set(name, value);
  return std::move(*this);
}

Response&& Response::with_cache_control(std::string_view value) && {
  return std::move(*this).with("Cache-Control", value);
}

Response&& Response::with_etag(std::string its_etag) && {
  etag = std::move(its_etag);
  return std::move(*this);
}

Response&& Response::with_content_etag() && {
  if (const auto* text = std::get_if<std::string>(&body)) etag = content_etag(*text);
  if (const auto* both = std::get_if<SharedBytes>(&body)) etag = content_etag(*both->identity);
  return std::move(*this);
}

Response&& Response::ignoring_ranges() && {
  ranges = RangePolicy::kIgnore;
  return std::move(*this);
}

}  // namespace millrace::http
