// The whole API in one table: method, path, function.
#pragma once

#include <span>
#include <string_view>

#include "http/router.h"
#include "media/api/export_routes.h"
#include "media/api/live_list_routes.h"
#include "media/api/live_routes.h"
#include "media/api/operation_routes.h"
#include "media/api/playback_routes.h"
#include "media/api/videos_routes.h"
#include "media/api/watch_routes.h"
#include "media/live/ingest/http/http_ingest.h"
#include "media/upload/upload_routes.h"

namespace millrace {

/// The objects whose members are routes; one set per core.
struct RouteOwners {
  media::api::VideosRoutes& videos;
  media::api::PlaybackRoutes& playback;
  media::api::WatchRoutes& watch;
  media::api::ExportRoutes& exports;
  media::api::OperationRoutes& operation;
  media::upload::UploadRoutes& upload;
  media::upload::TusRoutes& tus;
  media::api::LiveRoutes& live;
  media::api::LiveListRoutes& live_list;
  media::live::HttpIngest& ingest;
};

struct RouteRow {
  http::Method method;
  std::string_view pattern;
  http::RouteClass route_class;
  http::Endpoint (*bind)(const RouteOwners&);
  http::Admission admission = http::Admission::kAlways;
};

[[nodiscard]] std::span<const RouteRow> route_table() noexcept;

[[nodiscard]] http::Router make_router(const RouteOwners& owners);

}  // namespace millrace
