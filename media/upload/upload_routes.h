#pragma once

#include "core/task.h"
#include "http/endpoint.h"
#include "http/request.h"
#include "media/upload/metadata.h"
#include "media/upload/tus_routes.h"
#include "media/upload/uploads.h"

namespace millrace::media::upload {

/// The upload of a whole file in one request, as curl does it, beside tus at the same address.
class UploadRoutes {
 public:
  UploadRoutes(Uploads& uploads, TusRoutes& tus) : uploads_(uploads), tus_(tus) {}

  /// POST /upload: tus when the request says so, else the body is the file. `title` and `filename`
  /// come from the query. 201 with the video.
  core::Task<http::RouteResult> post_upload(http::Request& request);
  /// PUT /upload/{upload}: the body is the file, the last segment its name.
  core::Task<http::RouteResult> put_upload(http::Request& request);

 private:
  core::Task<http::RouteResult> take_whole(http::Request& request, FileDescription file);

  Uploads& uploads_;
  TusRoutes& tus_;
};

}  // namespace millrace::media::upload
