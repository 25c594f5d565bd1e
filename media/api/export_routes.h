// Segments as MPEG-TS over HTTP.
#pragma once

#include "core/core.h"
#include "http/endpoint.h"
#include "media/library/shelf.h"
#include "media/library/track_loader.h"
#include "media/library/ts_exporter.h"

namespace millrace::media::api {

/// One per core; the files are made on the home core.
class ExportRoutes {
 public:
  ExportRoutes(library::Shelf& shelf, library::TrackLoader& loader, core::Core& home,
               library::TsExporter& exporter, const library::StorePaths& paths) noexcept
      : shelf_(shelf), loader_(loader), home_(home), exporter_(exporter), paths_(paths) {}

  /// GET /api/VideoStream/manifest/{id}/{quality}/{first}-{last}.ts
  core::Task<http::RouteResult> get_ts_segment(http::Request& request);

 private:
  library::Shelf& shelf_;
  library::TrackLoader& loader_;
  core::Core& home_;
  library::TsExporter& exporter_;
  const library::StorePaths& paths_;
};

}  // namespace millrace::media::api
