#include "media/upload/upload_routes.h"

#include <string>
#include <utility>

#include "http/response.h"

namespace millrace::media::upload {
namespace {

using core::Task;
using http::Request;
using http::Response;
using http::RouteResult;

/// Any field of tus, so that a client of another version learns that it is one.
bool speaks_tus(const Request& request) {
  return !request.header("Tus-Resumable").empty() || !request.header("Upload-Length").empty() ||
         !request.header("Upload-Defer-Length").empty();
}

}  // namespace

Task<RouteResult> UploadRoutes::post_upload(Request& request) {
  if (speaks_tus(request)) co_return co_await tus_.post_upload(request);
  const http::Query& query = request.query();
  co_return co_await take_whole(request, describe_file(query.find("title").value_or(""),
                                                       query.find("filename").value_or("")));
}

Task<RouteResult> UploadRoutes::put_upload(Request& request) {
  co_return co_await take_whole(
      request, describe_file(request.query().find("title").value_or(""), request.param("upload")));
}

Task<RouteResult> UploadRoutes::take_whole(Request& request, FileDescription file) {
  if (request.header("Content-Type").starts_with("multipart/")) {
    const Refusal form{
        .status = 415, .detail = "send the file itself as the body, not a form", .cause = {}};
    co_return to_problem(form, request);
  }
  const auto video = co_await uploads_.take_whole(request, std::move(file));
  if (!video) co_return to_problem(video.error(), request);
  const AcceptedVideo& accepted = uploads_.accepted();
  Response response = Response::created(std::string(kVideosPath) + "/" + (*video)->id);
  response.headers.set("Content-Type", "application/json");
  response.headers.set("Video-Id", (*video)->id);
  response.body = accepted.to_json(accepted.self, **video);
  co_return response;
}

}  // namespace millrace::media::upload
