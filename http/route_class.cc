#include "http/route_class.h"

namespace millrace::http {

std::string_view to_string(RouteClass route_class) noexcept {
  switch (route_class) {
    case RouteClass::kOther: return "other";
    case RouteClass::kPlaylist: return "playlist";
    case RouteClass::kSegment: return "segment";
    case RouteClass::kDownload: return "download";
    case RouteClass::kApi: return "api";
    case RouteClass::kPage: return "page";
    case RouteClass::kUpload: return "upload";
    case RouteClass::kOperation: return "operation";
    case RouteClass::kFile: return "file";
  }
  return "other";
}

}  // namespace millrace::http
