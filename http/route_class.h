// What kind of thing a route serves: what its latency is compared with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace millrace::http {

enum class RouteClass : uint8_t {
  kOther,  ///< Addresses that no route has, and requests that could not be read.
  kPlaylist,
  kSegment,   ///< Segments, init segments, pictures: what a player asks for while it plays.
  kDownload,  ///< Whole files.
  kApi,
  kPage,
  kUpload,
  kOperation,
  kFile,  ///< Of a folder that is served as it is.
};

inline constexpr size_t kRouteClassCount = 9;

std::string_view to_string(RouteClass route_class) noexcept;

}  // namespace millrace::http
