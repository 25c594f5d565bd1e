#pragma once

#include <string>

#include "core/task.h"
#include "http/endpoint.h"
#include "http/request.h"
#include "http/response.h"
#include "media/upload/refusal.h"
#include "media/upload/uploads.h"

namespace millrace::media::upload {

/// Where the routes are mounted; the upload's id follows after a slash.
inline constexpr std::string_view kUploadPath = "/api/VideoStream/upload";
inline constexpr std::string_view kVideosPath = "/api/VideoStream/videos";

/// A problem for the client; what failed inside goes to the log, here and only here.
http::Response to_problem(const Refusal& refusal, const http::Request& request);

/// tus 1.0.0. Every answer carries Tus-Resumable, refusals too.
class TusRoutes {
 public:
  explicit TusRoutes(Uploads& uploads) : uploads_(uploads) {}

  /// OPTIONS /upload: 204 with what is offered.
  core::Task<http::RouteResult> options_uploads(http::Request& request);
  /// POST /upload: 201 with the address in Location, and the offset when it brought bytes.
  core::Task<http::RouteResult> post_upload(http::Request& request);
  /// HEAD /upload/{upload}: 200 with offset and length; ends a PATCH that still runs.
  core::Task<http::RouteResult> head_upload(http::Request& request);
  /// PATCH /upload/{upload}: 204 with the new offset; the last one makes the video.
  core::Task<http::RouteResult> patch_upload(http::Request& request);
  /// DELETE /upload/{upload}: 204.
  core::Task<http::RouteResult> delete_upload(http::Request& request);
  /// POST /upload/{upload} with X-HTTP-Method-Override, for proxies that know no PATCH.
  core::Task<http::RouteResult> post_override(http::Request& request);

 private:
  Uploads& uploads_;
};

}  // namespace millrace::media::upload
