#include "media/api/export_routes.h"

#include "core/cancellable_call.h"
#include "media/api/file_response.h"
#include "media/api/playable.h"
#include "media/vod/segmenting.h"

namespace millrace::media::api {

core::Task<http::RouteResult> ExportRoutes::get_ts_segment(http::Request& request) {
  const auto tracks = co_await playable_tracks(shelf_, loader_, request);
  if (!tracks) co_return std::unexpected(tracks.error());
  const auto found = (*tracks)->find(request.param("quality"));
  if (!found) co_return core::fail(core::ErrorCode::kNotFound, "this video has no such quality");
  const uint64_t first = request.param_uint("first");
  const uint64_t last = request.param_uint("last");
  const track::TrackIndex& index = found->rendition.index;
  const core::Result<vod::ByteSpan> span = vod::segment_bytes(index, first, last);
  if (!span) co_return std::unexpected(span.error());
  const uint64_t ticks = index[last].end_time() - index[first].decode_time;
  if (ticks > uint64_t{vod::kSegmentSecondsMax} * index.format().timescale * 2) {
    co_return core::fail(core::ErrorCode::kInvalid, "a segment lasts at most two minutes");
  }
  const std::string id(request.param("id"));
  std::string path = paths_.ts_segment(id, found->rendition.quality, first, last);
  const std::string_view caching = media_caching(found->rendition);
  http::RouteResult kept = co_await file_response(path, "video/mp2t", caching);
  if (kept || kept.error().code != core::ErrorCode::kNotFound) co_return kept;
  library::TsSegment segment{.video_id = id,
                             .quality = found->rendition.quality,
                             .first = first,
                             .last = last,
                             .file = found->file,
                             .source = {{.offset = 0, .size = index.init_size()}, *span}};
  const core::Result<std::string> made =
      co_await core::run_on(home_, request.cancellation(), [&](core::Cancellation& cancellation) {
        return exporter_.make(std::move(segment), cancellation);
      });
  if (!made) co_return std::unexpected(made.error());
  co_return co_await file_response(*made, "video/mp2t", caching);
}

}  // namespace millrace::media::api
