// What a route answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/body.h"
#include "http/headers.h"

namespace millrace::http {

/// Whether a Range field may cut this response. Playlists ignore it: Chromium's native player asks
/// for `bytes=0-` and gzip at once, and then fails on the 206 (SPECS LH-08).
enum class RangePolicy : uint8_t { kServe, kIgnore };

class SharedResponse;

/// A status, fields and a body. What every response needs alike (Date, Content-Length, ranges,
/// conditions, gzip, CORS, HEAD) is added where it is sent: a route only says what it knows.
struct Response {
  int status = 200;
  Headers headers;
  Body body;
  /// With quotes, of the body as it is here; "" for none. Compressed, it gets a suffix of its own.
  std::string etag;
  std::optional<std::chrono::system_clock::time_point> last_modified;
  RangePolicy ranges = RangePolicy::kServe;
  /// When set, this is the response, and the rest of this is not looked at.
  std::shared_ptr<SharedResponse> shared;

  static Response of(std::shared_ptr<SharedResponse> what);
  static Response ok(std::string_view content_type, Body body);
  /// 201 with a Location.
  static Response created(std::string_view location);
  static Response no_content();
  /// 303 See Other.
  static Response see_other(std::string_view location);

  Response&& with(std::string_view name, std::string_view value) &&;
  Response&& with_cache_control(std::string_view value) &&;
  Response&& with_etag(std::string etag) &&;
  /// A strong ETag from the bytes of a body in memory: equal bytes, equal tag, on every machine.
  Response&& with_content_etag() &&;
  Response&& ignoring_ranges() &&;
};

/// For the Cache-Control of what never changes under its address (HT-06).
inline constexpr std::string_view kImmutable = "public, max-age=31536000, immutable";
inline constexpr std::string_view kNoStore = "no-store";

/// `"…"`: a strong ETag that is a hash of `bytes`.
std::string content_etag(std::string_view bytes);

}  // namespace millrace::http
