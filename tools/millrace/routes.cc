#include "tools/millrace/routes.h"

#include "media/api/page_routes.h"

namespace millrace {
namespace {

using http::Admission;
using http::Method;
using http::RouteClass;
using media::api::ExportRoutes;
using media::api::LiveListRoutes;
using media::api::LiveRoutes;
using media::api::OperationRoutes;
using media::api::PlaybackRoutes;
using media::api::VideosRoutes;
using media::api::WatchRoutes;
using media::live::HttpIngest;
using media::upload::TusRoutes;
using media::upload::UploadRoutes;
using Owners = RouteOwners;

template <auto kMember>
http::Endpoint videos(const Owners& owners) {
  return http::endpoint<kMember>(owners.videos);
}
template <auto kMember>
http::Endpoint playback(const Owners& owners) {
  return http::endpoint<kMember>(owners.playback);
}
template <auto kMember>
http::Endpoint watch(const Owners& owners) {
  return http::endpoint<kMember>(owners.watch);
}
template <auto kMember>
http::Endpoint exports(const Owners& owners) {
  return http::endpoint<kMember>(owners.exports);
}
template <auto kMember>
http::Endpoint operation(const Owners& owners) {
  return http::endpoint<kMember>(owners.operation);
}
template <auto kMember>
http::Endpoint upload(const Owners& owners) {
  return http::endpoint<kMember>(owners.upload);
}
template <auto kMember>
http::Endpoint tus(const Owners& owners) {
  return http::endpoint<kMember>(owners.tus);
}
template <auto kMember>
http::Endpoint live(const Owners& owners) {
  return http::endpoint<kMember>(owners.live);
}
template <auto kMember>
http::Endpoint live_list(const Owners& owners) {
  return http::endpoint<kMember>(owners.live_list);
}
template <auto kMember>
http::Endpoint ingest(const Owners& owners) {
  return http::endpoint<kMember>(owners.ingest);
}
template <auto kFunction>
http::Endpoint page(const Owners&) {
  return http::endpoint<kFunction>();
}

// clang-format off
constexpr RouteRow kRoutes[] = {
    {Method::kGet, "/", RouteClass::kPage, page<media::api::get_page>},
    {Method::kGet, "/watch/{id}", RouteClass::kPage, page<media::api::get_page>},
    {Method::kGet, "/live/{stream}", RouteClass::kPage, page<media::api::get_page>},
    {Method::kGet, "/upload", RouteClass::kPage, page<media::api::get_page>},
    {Method::kGet, "/assets/{file}", RouteClass::kPage, page<media::api::get_asset>},
    {Method::kGet, "/assets/vendor/{file}", RouteClass::kPage, page<media::api::get_asset>},
    {Method::kGet, "/healthz", RouteClass::kOperation, operation<&OperationRoutes::get_health>},
    {Method::kGet, "/readyz", RouteClass::kOperation, operation<&OperationRoutes::get_readiness>},
    {Method::kGet, "/metrics", RouteClass::kOperation, operation<&OperationRoutes::get_metrics>},

    {Method::kGet, "/api/VideoStream/videos", RouteClass::kApi, videos<&VideosRoutes::get_videos>},
    {Method::kGet, "/api/VideoStream/videos/{id}", RouteClass::kApi, videos<&VideosRoutes::get_video>},
    {Method::kPatch, "/api/VideoStream/videos/{id}", RouteClass::kApi, videos<&VideosRoutes::patch_video>},
    {Method::kDelete, "/api/VideoStream/videos/{id}", RouteClass::kApi, videos<&VideosRoutes::delete_video>},
    {Method::kGet, "/api/VideoStream/videos/{id}/events", RouteClass::kApi, videos<&VideosRoutes::get_video_events>},

    {Method::kGet, "/api/VideoStream/watch", RouteClass::kDownload, watch<&WatchRoutes::get_watch>, Admission::kWhenCalm},
    {Method::kGet, "/api/VideoStream/manifest/{id}.m3u8", RouteClass::kPlaylist, playback<&PlaybackRoutes::get_multivariant>, Admission::kWhenCalm},
    {Method::kGet, "/api/VideoStream/manifest/{id}/{quality}.m3u8", RouteClass::kPlaylist, playback<&PlaybackRoutes::get_media_playlist>},
    {Method::kGet, "/api/VideoStream/manifest/{id}/{quality}/iframes.m3u8", RouteClass::kPlaylist, playback<&PlaybackRoutes::get_i_frame_playlist>},
    {Method::kGet, "/api/VideoStream/manifest/{id}/{quality}/init.mp4", RouteClass::kSegment, playback<&PlaybackRoutes::get_init_segment>},
    {Method::kGet, "/api/VideoStream/manifest/{id}/{quality}/{first:uint}-{last:uint}.m4s", RouteClass::kSegment, playback<&PlaybackRoutes::get_segment>},
    {Method::kGet, "/api/VideoStream/manifest/{id}/{quality}/{first:uint}-{last:uint}.ts", RouteClass::kSegment, exports<&ExportRoutes::get_ts_segment>},
    {Method::kGet, "/api/VideoStream/manifest/{id}/{quality}/track.mp4", RouteClass::kSegment, playback<&PlaybackRoutes::get_track>},
    {Method::kGet, "/api/VideoStream/manifest/{id}/storyboard.vtt", RouteClass::kSegment, playback<&PlaybackRoutes::get_storyboard_map>},
    {Method::kGet, "/api/VideoStream/manifest/{id}/storyboard.jpg", RouteClass::kSegment, playback<&PlaybackRoutes::get_storyboard>},
    {Method::kGet, "/api/VideoStream/manifest/{id}/poster.jpg", RouteClass::kSegment, playback<&PlaybackRoutes::get_poster>},

    {Method::kGet, "/api/VideoStream/live", RouteClass::kApi, live_list<&LiveListRoutes::get_live_streams>},
    {Method::kGet, "/api/VideoStream/live/{stream}.m3u8", RouteClass::kPlaylist, live<&LiveRoutes::get_multivariant>},
    {Method::kGet, "/api/VideoStream/live/{stream}/{quality}.m3u8", RouteClass::kPlaylist, live<&LiveRoutes::get_media_playlist>},
    {Method::kGet, "/api/VideoStream/live/{stream}/{quality}/{init:uint}.mp4", RouteClass::kSegment, live<&LiveRoutes::get_init_segment>},
    {Method::kGet, "/api/VideoStream/live/{stream}/{quality}/{msn:uint}.m4s", RouteClass::kSegment, live<&LiveRoutes::get_segment>},
    {Method::kGet, "/api/VideoStream/live/{stream}/{quality}/p{part:uint}.m4s", RouteClass::kSegment, live<&LiveRoutes::get_part>},
    {Method::kGet, "/api/VideoStream/live/{stream}/chunk", RouteClass::kSegment, live<&LiveRoutes::get_chunk>},
    {Method::kPut, "/ingest/{key}", RouteClass::kUpload, ingest<&HttpIngest::put_stream>, Admission::kWhenCalm},
    {Method::kPost, "/ingest/{key}", RouteClass::kUpload, ingest<&HttpIngest::put_stream>, Admission::kWhenCalm},

    {Method::kOptions, "/api/VideoStream/upload", RouteClass::kUpload, tus<&TusRoutes::options_uploads>},
    {Method::kPost, "/api/VideoStream/upload", RouteClass::kUpload, upload<&UploadRoutes::post_upload>, Admission::kWhenCalm},
    {Method::kPut, "/api/VideoStream/upload/{upload}", RouteClass::kUpload, upload<&UploadRoutes::put_upload>, Admission::kWhenCalm},
    {Method::kHead, "/api/VideoStream/upload/{upload}", RouteClass::kUpload, tus<&TusRoutes::head_upload>},
    {Method::kPatch, "/api/VideoStream/upload/{upload}", RouteClass::kUpload, tus<&TusRoutes::patch_upload>},
    {Method::kDelete, "/api/VideoStream/upload/{upload}", RouteClass::kUpload, tus<&TusRoutes::delete_upload>},
    {Method::kPost, "/api/VideoStream/upload/{upload}", RouteClass::kUpload, tus<&TusRoutes::post_override>},
};
// clang-format on

}  // namespace

std::span<const RouteRow> route_table() noexcept { return kRoutes; }

http::Router make_router(const RouteOwners& owners) {
  http::Router router;
  for (const RouteRow& row : kRoutes) {
    http::Endpoint endpoint = row.bind(owners);
    endpoint.route_class = row.route_class;
    endpoint.admission = row.admission;
    router.add(row.method, row.pattern, endpoint);
  }
  return router;
}

}  // namespace millrace
