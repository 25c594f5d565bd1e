#include "media/api/playback_routes.h"

#include "http/problem.h"
#include "media/api/file_response.h"
#include "media/api/playable.h"
#include "media/hls/media_playlist.h"
#include "media/vod/playlists.h"
#include "media/vod/segmenting.h"
#include "media/vod/storyboard.h"

namespace millrace::media::api {
namespace {

constexpr uint32_t kPixelsMax = 65'535;
constexpr uint64_t kBitrateMax = 10'000'000'000;
constexpr std::string_view kPictureCaching = "public, max-age=3600";

std::unexpected<core::Error> no_such_quality() {
  return core::fail(core::ErrorCode::kNotFound, "this video has no such quality");
}

core::Result<uint32_t> segment_length(const http::Query& query) {
  const auto asked = query.find_uint("segment", {.min = 1, .max = vod::kSegmentSecondsMax});
  if (!asked) return std::unexpected(asked.error());
  return static_cast<uint32_t>(asked->value_or(vod::kSegmentSecondsDefault));
}

core::Result<vod::SegmentContainer> container_of(const http::Query& query) {
  const std::string_view name = query.find("container").value_or("mp4");
  if (name == "mp4") return vod::SegmentContainer::kFmp4;
  if (name == "ts") return vod::SegmentContainer::kTransportStream;
  return core::fail(core::ErrorCode::kInvalid, "container is mp4 or ts");
}

core::Result<vod::VariantFilter> filter_of(const http::Query& query) {
  vod::VariantFilter filter;
  const auto width = query.find_uint("maxWidth", {.min = 1, .max = kPixelsMax});
  if (!width) return std::unexpected(width.error());
  const auto height = query.find_uint("maxHeight", {.min = 1, .max = kPixelsMax});
  if (!height) return std::unexpected(height.error());
  const auto bitrate = query.find_uint("maxBitrate", {.min = 1, .max = kBitrateMax});
  if (!bitrate) return std::unexpected(bitrate.error());
  if (*width) filter.max_width = static_cast<uint32_t>(**width);
  if (*height) filter.max_height = static_cast<uint32_t>(**height);
  filter.max_bitrate_bps = *bitrate;
  if (const auto codecs = query.find("codecs")) {
    core::Result<std::vector<fmp4::Codec>> parsed = vod::parse_codecs(*codecs);
    if (!parsed) return std::unexpected(parsed.error());
    filter.codecs = std::move(*parsed);
  }
  return filter;
}

/// Nothing to play yet is no mistake of the client's: it is told to come back.
http::RouteResult or_later(core::Result<http::Response> playlist) {
  if (!playlist && playlist.error().code == core::ErrorCode::kConflict) {
    return http::problem(503, "Not watchable yet", playlist.error().what);
  }
  return playlist;
}

/// Names a filtered list: equal filters, equal names, whatever else the query holds.
std::string name_of(const vod::VariantFilter& filter, uint32_t segment_s) {
  std::string name =
      fmt::format("?{}x{}@{}/{}", filter.max_width.value_or(0), filter.max_height.value_or(0),
                  filter.max_bitrate_bps.value_or(0), segment_s);
  for (const fmp4::Codec codec : filter.codecs) name += fmt::format(",{}", static_cast<int>(codec));
  return name;
}

http::Response bytes_of(const library::TrackFile& file, vod::ByteSpan span,
                        std::string_view content_type) {
  http::FileSlices body;
  body.slices.push_back({.file = file, .offset = span.offset, .size = span.size});
  return http::Response::ok(content_type, std::move(body));
}

/// Of bytes that are never read here: the places and sizes of the fragments stand for them, so that
/// the tag is the same on every machine that has the track, and another one when a video was made
/// anew. 32 fragments are a minute, longer than any segment of a playlist.
std::string etag_of(const track::TrackIndex& index, vod::ByteSpan span, size_t first_fragment) {
  constexpr size_t kFragmentsMax = 32;
  std::vector<uint64_t> facts{span.offset, span.size};
  for (size_t i = first_fragment; i < index.size() && facts.size() < 2 + kFragmentsMax; ++i) {
    if (index[i].end_offset() > span.offset + span.size && i != 0) break;
    facts.push_back(uint64_t{index[i].size} << 32 | index[i].first_sample_size);
  }
  return http::content_etag({reinterpret_cast<const char*>(facts.data()), facts.size() * 8});
}

std::string_view mp4_type(const vod::Rendition& rendition) {
  return rendition.is_video() ? "video/mp4" : "audio/mp4";
}

}  // namespace

core::Task<http::RouteResult> PlaybackRoutes::get_multivariant(http::Request& request) {
  const core::Result<vod::VariantFilter> filter = filter_of(request.query());
  if (!filter) co_return std::unexpected(filter.error());
  const core::Result<uint32_t> seconds = segment_length(request.query());
  if (!seconds) co_return std::unexpected(seconds.error());
  const auto tracks = co_await playable_tracks(shelf_, loader_, request);
  if (!tracks) co_return std::unexpected(tracks.error());
  const vod::Presentation& presentation = (*tracks)->presentation();
  const auto render = [&] { return vod::multivariant_playlist(presentation, *filter, *seconds); };
  co_return or_later(
      playlists_.find(*tracks, presentation.id + name_of(*filter, *seconds), render));
}

core::Task<http::RouteResult> PlaybackRoutes::get_media_playlist(http::Request& request) {
  const core::Result<uint32_t> seconds = segment_length(request.query());
  if (!seconds) co_return std::unexpected(seconds.error());
  const core::Result<vod::SegmentContainer> container = container_of(request.query());
  if (!container) co_return std::unexpected(container.error());
  const auto tracks = co_await playable_tracks(shelf_, loader_, request);
  if (!tracks) co_return std::unexpected(tracks.error());
  const vod::Presentation& presentation = (*tracks)->presentation();
  const vod::MediaPlaylistRequest asked{
      .quality = request.param("quality"), .segment_s = *seconds, .container = *container};
  const std::string name = fmt::format("{}/{}/{}/{}", presentation.id, asked.quality, *seconds,
                                       static_cast<int>(*container));
  const auto render = [&] { return vod::media_playlist(presentation, asked); };
  co_return or_later(playlists_.find(*tracks, name, render));
}

core::Task<http::RouteResult> PlaybackRoutes::get_i_frame_playlist(http::Request& request) {
  const auto tracks = co_await playable_tracks(shelf_, loader_, request);
  if (!tracks) co_return std::unexpected(tracks.error());
  const vod::Presentation& presentation = (*tracks)->presentation();
  const std::string_view quality = request.param("quality");
  const auto render = [&] { return vod::i_frame_playlist(presentation, quality); };
  co_return or_later(
      playlists_.find(*tracks, fmt::format("{}/{}/i", presentation.id, quality), render));
}

core::Task<http::RouteResult> PlaybackRoutes::get_init_segment(http::Request& request) {
  const auto tracks = co_await playable_tracks(shelf_, loader_, request);
  if (!tracks) co_return std::unexpected(tracks.error());
  const auto found = (*tracks)->find(request.param("quality"));
  if (!found) co_return no_such_quality();
  const vod::ByteSpan init{.offset = 0, .size = found->rendition.index.init_size()};
  co_return bytes_of(found->file, init, mp4_type(found->rendition))
      .with_cache_control(media_caching(found->rendition))
      .with_etag(etag_of(found->rendition.index, init, 0));
}

core::Task<http::RouteResult> PlaybackRoutes::get_segment(http::Request& request) {
  const auto tracks = co_await playable_tracks(shelf_, loader_, request);
  if (!tracks) co_return std::unexpected(tracks.error());
  const auto found = (*tracks)->find(request.param("quality"));
  if (!found) co_return no_such_quality();
  const uint64_t first = request.param_uint("first");
  const core::Result<vod::ByteSpan> span =
      vod::segment_bytes(found->rendition.index, first, request.param_uint("last"));
  if (!span) co_return std::unexpected(span.error());
  co_return bytes_of(found->file, *span, "video/iso.segment")
      .with_cache_control(media_caching(found->rendition))
      .with_etag(etag_of(found->rendition.index, *span, first));
}

core::Task<http::RouteResult> PlaybackRoutes::get_track(http::Request& request) {
  const auto tracks = co_await playable_tracks(shelf_, loader_, request);
  if (!tracks) co_return std::unexpected(tracks.error());
  const auto found = (*tracks)->find(request.param("quality"));
  if (!found || !found->rendition.index.finished()) co_return no_such_quality();
  const vod::ByteSpan whole{.offset = 0, .size = found->file->size()};
  co_return bytes_of(found->file, whole, mp4_type(found->rendition))
      .with_cache_control(http::kImmutable)
      .with_etag(found->file->etag());
}

http::RouteResult PlaybackRoutes::get_storyboard_map(http::Request& request) {
  const auto video = shelf_.find(request.param("id"));
  if (video == nullptr || !video->storyboard) {
    return core::fail(core::ErrorCode::kNotFound, "this video has no storyboard");
  }
  const catalogue::Storyboard& sheet = *video->storyboard;
  const auto duration = std::chrono::ceil<std::chrono::milliseconds>(video->duration);
  const vod::Storyboard map{.image_uri = "storyboard.jpg",
                            .columns = sheet.columns,
                            .tile_width = sheet.tile_width,
                            .tile_height = sheet.tile_height,
                            .tile_count = sheet.tile_count,
                            .interval_ms = static_cast<uint32_t>(sheet.interval.count()),
                            .duration_ms = static_cast<uint64_t>(duration.count())};
  return http::Response::ok(vod::kWebVttMimeType, vod::render(map))
      .with_cache_control("public, max-age=3600")
      .with_content_etag();
}

core::Task<http::RouteResult> PlaybackRoutes::get_storyboard(http::Request& request) {
  const auto video = shelf_.find(request.param("id"));
  if (video == nullptr || !video->storyboard) {
    co_return core::fail(core::ErrorCode::kNotFound, "this video has no storyboard");
  }
  co_return co_await file_response(paths_.storyboard(video->id), "image/jpeg", kPictureCaching);
}

core::Task<http::RouteResult> PlaybackRoutes::get_poster(http::Request& request) {
  const auto video = shelf_.find(request.param("id"));
  if (video == nullptr || !video->has_poster) {
    co_return core::fail(core::ErrorCode::kNotFound, "this video has no poster");
  }
  co_return co_await file_response(paths_.poster(video->id), "image/jpeg", kPictureCaching);
}

}  // namespace millrace::media::api
