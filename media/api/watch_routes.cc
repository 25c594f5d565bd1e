#include "media/api/watch_routes.h"

#include <algorithm>
#include <array>

#include "core/json_writer.h"
#include "http/problem.h"
#include "media/vod/formats.h"

namespace millrace::media::api {
namespace {

constexpr std::string_view kFormatCacheControl = "public, max-age=3600";

/// Follows from the two files that it is put together of.
std::string muxed_etag(const library::VideoTracks& tracks, const vod::Format& format) {
  return http::content_etag(tracks.file(*format.video)->etag() +
                            tracks.file(*format.audio)->etag() + std::to_string(format.itag));
}

/// 404 with the numbers that this video has.
http::Response no_such_format(const std::vector<vod::Format>& formats) {
  std::string itags;
  core::JsonWriter json(itags);
  json.begin_array();
  for (const vod::Format& format : formats) {
    if (format.itag != 0) json.value(format.itag);
  }
  json.end_array();
  const std::array members{http::ProblemMember{.name = "itags", .json = std::move(itags)}};
  return http::problem(404, "No such format", "this video has the formats listed in itags",
                       members);
}

}  // namespace

core::Task<http::RouteResult> WatchRoutes::get_watch(http::Request& request) {
  const auto itag = request.query().find_uint("itag", {.min = 1, .max = 999});
  if (!itag) co_return std::unexpected(itag.error());
  const auto id = request.query().find("v");
  if (!id || !*itag) {
    co_return core::fail(core::ErrorCode::kInvalid, "watch needs v and itag");
  }
  const auto video = shelf_.find(*id);
  if (video == nullptr) {
    co_return core::fail(core::ErrorCode::kNotFound, "there is no video with that id");
  }
  if (video->state != catalogue::VideoState::kReady) co_return no_such_format({});
  const auto tracks = co_await loader_.load(video, request.cancellation());
  if (!tracks) co_return std::unexpected(tracks.error());
  const vod::Presentation& presentation = (*tracks)->presentation();
  const std::vector<vod::Format> formats = vod::formats_of(presentation);
  const auto found = std::ranges::find(formats, **itag, &vod::Format::itag);
  if (found == formats.end()) co_return no_such_format(formats);
  if (found->kind == vod::FormatKind::kMuxed) {
    co_return co_await send_muxed(*tracks, *found, request.cancellation());
  }
  const size_t position = found->video ? *found->video : *found->audio;
  const vod::Rendition& rendition = presentation.renditions[position];
  const library::TrackFile& file = (*tracks)->file(position);
  http::FileSlices body;
  body.slices.push_back({.file = file, .offset = 0, .size = file->size()});
  co_return http::Response::ok(rendition.is_video() ? "video/mp4" : "audio/mp4", std::move(body))
      .with_cache_control(kFormatCacheControl)
      .with_etag(file->etag());
}

core::Task<http::RouteResult> WatchRoutes::send_muxed(core::Snapshot<library::VideoTracks> tracks,
                                                      vod::Format format,
                                                      core::Cancellation& cancellation) {
  const std::string etag = muxed_etag(*tracks, format);
  const auto layout =
      co_await downloads_.find({.tracks = tracks, .format = format, .version = etag}, cancellation);
  if (!layout) co_return std::unexpected(layout.error());
  http::LayoutPart body{.layout = *layout,
                        .files = {tracks->file(*format.video), tracks->file(*format.audio)},
                        .first = 0,
                        .size = (*layout)->size()};
  co_return http::Response::ok("video/mp4", std::move(body))
      .with_cache_control(kFormatCacheControl)
      .with_etag(etag);
}

}  // namespace millrace::media::api
