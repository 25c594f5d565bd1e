#include "media/upload/tus_routes.h"

#include <utility>

#include "core/http_date.h"
#include "core/log.h"
#include "http/problem.h"
#include "http/status.h"
#include "media/upload/tus_request.h"

namespace millrace::media::upload {
namespace {

using catalogue::UploadState;
using core::Task;
using http::Request;
using http::Response;
using http::RouteResult;

TusFields fields_of(const Request& request) {
  TusFields fields{.resumable = request.header("Tus-Resumable"),
                   .content_type = request.header("Content-Type"),
                   .length = request.header("Upload-Length"),
                   .defer_length = request.header("Upload-Defer-Length"),
                   .offset = request.header("Upload-Offset"),
                   .metadata = request.header("Upload-Metadata"),
                   .checksum = request.header("Upload-Checksum"),
                   .concat = request.header("Upload-Concat"),
                   .content_length = request.content_length()};
  fields.has_body = fields.content_length.value_or(0) > 0 ||
                    !request.header("Transfer-Encoding").empty() ||
                    fields.content_type == kTusContentType;
  return fields;
}

Response with_version(Response response) {
  response.headers.set("Tus-Resumable", kTusVersion);
  return response;
}

Response refused(const Refusal& refusal, const Request& request) {
  Response response = with_version(to_problem(refusal, request));
  if (refusal.status == 412) response.headers.set("Tus-Version", kTusVersion);
  return response;
}

/// What every answer about an upload says.
Response describe(Response response, const UploadProgress& progress) {
  http::Headers& headers = response.headers;
  headers.set("Upload-Offset", std::to_string(progress.offset));
  headers.set("Video-Id", progress.record.id);
  if (progress.record.state == UploadState::kReceiving) {
    headers.set("Upload-Expires", core::format_http_date(progress.record.expires));
  }
  return with_version(std::move(response));
}

/// A client that goes away is daily business: phones change networks.
bool is_interruption(core::ErrorCode code) {
  return code == core::ErrorCode::kClosed || code == core::ErrorCode::kCancelled ||
         code == core::ErrorCode::kTimeout;
}

void log_failure(const core::Error& cause, std::string_view path) {
  if (is_interruption(cause.code)) {
    core::log::event(core::log::Level::kInfo, "upload.interrupted",
                     {{"path", path}, {"reason", cause.what}});
  } else {
    core::log::event(core::log::Level::kWarning, "upload.failed",
                     {{"path", path}, {"error", cause}});
  }
}

std::string id_of(const Request& request) { return std::string(request.param("upload")); }

}  // namespace

Response to_problem(const Refusal& refusal, const Request& request) {
  if (refusal.status >= 500) log_failure(refusal.cause, request.path());
  // 460 is known to tus only.
  const std::string_view title =
      refusal.status == 460 ? "Checksum Mismatch" : http::reason_phrase(refusal.status);
  return http::problem(refusal.status, title, refusal.detail);
}

Task<RouteResult> TusRoutes::options_uploads(Request&) {
  Response response = Response::no_content();
  response.headers.set("Tus-Version", kTusVersion);
  response.headers.set("Tus-Extension", kTusExtensions);
  response.headers.set("Tus-Checksum-Algorithm", kTusChecksums);
  response.headers.set("Tus-Max-Size", std::to_string(uploads_.limits().size_max));
  co_return with_version(std::move(response));
}

Task<RouteResult> TusRoutes::post_upload(Request& request) {
  const TusFields fields = fields_of(request);
  if (const auto version = check_version(fields); !version) {
    co_return refused(version.error(), request);
  }
  auto creation = parse_creation(fields, uploads_.limits().size_max);
  if (!creation) co_return refused(creation.error(), request);
  NewUpload upload{.length = creation->length,
                   .metadata = std::string(fields.metadata),
                   .file = describe_file(creation->metadata)};
  const auto progress = fields.has_body
                            ? co_await uploads_.create_with_body(request, std::move(upload),
                                                                 std::move(creation->checksum))
                            : co_await uploads_.create(std::move(upload));
  if (!progress) co_return refused(progress.error(), request);
  const std::string location = std::string(kUploadPath) + "/" + progress->record.id;
  co_return describe(Response::created(location), *progress);
}

Task<RouteResult> TusRoutes::head_upload(Request& request) {
  const auto version = check_version(fields_of(request));
  if (!version) co_return refused(version.error(), request);
  const auto progress = co_await uploads_.look_up(id_of(request));
  if (!progress) co_return refused(progress.error(), request);
  Response response;
  http::Headers& headers = response.headers;
  headers.set("Cache-Control", http::kNoStore);
  if (progress->record.length) {
    headers.set("Upload-Length", std::to_string(*progress->record.length));
  } else {
    headers.set("Upload-Defer-Length", "1");
  }
  if (!progress->record.metadata.empty()) {
    headers.set("Upload-Metadata", progress->record.metadata);
  }
  co_return describe(std::move(response), *progress);
}

Task<RouteResult> TusRoutes::patch_upload(Request& request) {
  const TusFields fields = fields_of(request);
  if (const auto version = check_version(fields); !version) {
    co_return refused(version.error(), request);
  }
  auto append = parse_append(fields);
  if (!append) co_return refused(append.error(), request);
  const auto progress = co_await uploads_.append(request, id_of(request), std::move(*append));
  if (!progress) co_return refused(progress.error(), request);
  co_return describe(Response::no_content(), *progress);
}

Task<RouteResult> TusRoutes::delete_upload(Request& request) {
  const auto version = check_version(fields_of(request));
  if (!version) co_return refused(version.error(), request);
  const auto ended = co_await uploads_.terminate(id_of(request));
  if (!ended) co_return refused(ended.error(), request);
  co_return with_version(Response::no_content());
}

Task<RouteResult> TusRoutes::post_override(Request& request) {
  const std::string_view method = request.header("X-HTTP-Method-Override");
  if (method == "PATCH") co_return co_await patch_upload(request);
  if (method == "DELETE") co_return co_await delete_upload(request);
  if (method == "HEAD") co_return co_await head_upload(request);
  Response refusal = http::problem(405, "Method Not Allowed");
  refusal.headers.set("Allow", "DELETE, HEAD, OPTIONS, PATCH, PUT");
  co_return with_version(std::move(refusal));
}

}  // namespace millrace::media::upload
