#include "media/api/videos_routes.h"

#include <utility>

#include "http/problem.h"
#include "http/token.h"
#include "media/api/video_edit.h"
#include "media/api/video_events.h"
#include "media/api/video_json.h"

namespace millrace::media::api {
namespace {

constexpr size_t kSearchSizeMax = 200;
constexpr uint64_t kPageSizeMax = 100;
constexpr size_t kEditSizeMax = 16 << 10;  // 32 tags of 64 characters of 4 bytes, and the title.

constexpr std::string_view kJson = "application/json";

http::Response json_response(std::string text) {
  return http::Response::ok(kJson, std::move(text))
      .with_cache_control("no-cache")
      .with_content_etag();
}

/// Parameters, such as a charset, do not matter: JSON is UTF-8 (RFC 8259, 8.1).
bool is_json(std::string_view content_type) {
  return http::equal_ignoring_case(http::trim(http::take_until(content_type, ';')), kJson);
}

core::Result<catalogue::VideoQuery> parse_query(const http::Query& query) {
  const auto page = query.find_uint("page", {.min = 1, .max = 1'000'000'000});
  if (!page) return std::unexpected(page.error());
  const auto page_size = query.find_uint("pageSize", {.min = 1, .max = kPageSizeMax});
  if (!page_size) return std::unexpected(page_size.error());
  const std::string_view search = query.find("search").value_or("");
  if (search.size() > kSearchSizeMax) {
    return core::fail(core::ErrorCode::kInvalid, "search is longer than 200 bytes");
  }
  return catalogue::VideoQuery{.search = search,
                               .page = static_cast<size_t>(page->value_or(1)),
                               .page_size = static_cast<size_t>(page_size->value_or(20))};
}

constexpr auto kNoSuchVideo = [] {
  return core::fail(core::ErrorCode::kNotFound, "there is no video with that id");
};

}  // namespace

http::RouteResult VideosRoutes::get_videos(http::Request& request) {
  const core::Result<catalogue::VideoQuery> query = parse_query(request.query());
  if (!query) return std::unexpected(query.error());
  const catalogue::VideoPage page = shelf_.catalogue().list(*query);
  std::string text;
  core::JsonWriter json(text);
  json.begin_object().key("videos").begin_array();
  for (const auto& video : page.videos) write_video(json, *video, shelf_.making(video->id));
  json.end_array()
      .member("page", query->page)
      .member("pageSize", query->page_size)
      .member("total", page.total)
      .end_object();
  return json_response(std::move(text));
}

http::RouteResult VideosRoutes::get_video(http::Request& request) {
  const auto video = shelf_.find(request.param("id"));
  if (video == nullptr) return kNoSuchVideo();
  return json_response(video_json(*video, shelf_.making(video->id)));
}

core::Task<http::RouteResult> VideosRoutes::patch_video(http::Request& request) {
  const std::string id(request.param("id"));
  if (shelf_.find(id) == nullptr) co_return kNoSuchVideo();
  if (!is_json(request.header("Content-Type"))) {
    co_return http::problem(415, "Unsupported Media Type", "send application/json");
  }
  const core::Result<std::string> body = co_await request.read_whole_body(kEditSizeMax);
  if (!body) co_return std::unexpected(body.error());
  core::Result<VideoEdit> edit = parse_video_edit(*body);
  if (!edit) co_return std::unexpected(edit.error());
  const auto changed = co_await core::run_on(home_, [&] {
    return library_.update_video(id, [&](catalogue::VideoRecord& video) { edit->apply(video); });
  });
  if (!changed) co_return std::unexpected(changed.error());
  co_return json_response(video_json(**changed, shelf_.making(id)));
}

core::Task<http::RouteResult> VideosRoutes::delete_video(http::Request& request) {
  const std::string id(request.param("id"));
  if (shelf_.find(id) == nullptr) co_return kNoSuchVideo();
  const core::Result<> removed =
      co_await core::run_on(home_, [&] { return library_.remove_video(id); });
  if (!removed) co_return std::unexpected(removed.error());
  co_return http::Response::no_content();
}

http::RouteResult VideosRoutes::get_video_events(http::Request& request) {
  const std::string id(request.param("id"));
  if (shelf_.find(id) == nullptr) return kNoSuchVideo();
  return http::Response::ok("text/event-stream", std::make_unique<VideoEvents>(shelf_, id))
      .with_cache_control(http::kNoStore)
      .with("X-Accel-Buffering", "no");  // Or nginx in front would hold the events back.
}

}  // namespace millrace::media::api
