// The routes of media/api behind a real server on loopback, in simulated time, over a small store.
#pragma once

#include <fcntl.h>

#include <memory>
#include <string>
#include <vector>

#include "media/api/operation_routes.h"
#include "media/api/page_routes.h"
#include "media/api/playback_routes.h"
#include "media/api/videos_routes.h"
#include "media/api/watch_routes.h"
#include "media/library/format_records.h"
#include "tests/http/loopback.h"
#include "tests/media/catalogue/test_store.h"
#include "tests/media/library/stored_video.h"

namespace millrace::media::api {

using http::test::Client;
using http::test::Reply;

class ApiTestBench : public http::test::LoopbackTest {
 protected:
  static constexpr const char* kReady = "readyready1";
  static constexpr const char* kQueued = "queuedqueu1";
  static constexpr const char* kGone = "gonegonego1";

  ApiTestBench() {
    add_video(kQueued, "Queued film", 1'000);
    add_ready_video();
    add_routes();
    start();
  }

  void add_video(const std::string& id, const char* title, int64_t created_ms) {
    catalogue::VideoRecord video = catalogue::test::video(id, title);
    video.created = catalogue::test::at_ms(created_ms);
    store_.add_file(store_.paths().original(id), "original");
    const auto change = core_->block_on(library_.with_catalogue(
        [&](catalogue::Catalogue& c) { return c.accept_video({.video = video}); }));
    ASSERT_TRUE(change);
    core_->block_on(library_.show(*change));
  }

  /// 10 s of 360p and sound, with pictures.
  void add_ready_video() {
    add_video(kReady, "Ready film", 2'000);
    store_.add_track(kReady, "360p", video_);
    store_.add_track(kReady, "audio-128k", audio_);
    store_.add_file(store_.paths().poster(kReady), "\xFF\xD8poster\xFF\xD9");
    store_.add_file(store_.paths().storyboard(kReady), "\xFF\xD8storyboard\xFF\xD9");
    const auto finished = library::finished_video(
        {{.rendition = {.quality = "360p", .index = video_.index}, .size = video_.bytes.size()},
         {.rendition = {.quality = "audio-128k", .index = audio_.index},
          .size = audio_.bytes.size()}});
    change(kReady, [&](catalogue::VideoRecord& video) {
      finished(video);
      video.has_poster = true;
      video.storyboard = catalogue::Storyboard{.columns = 5,
                                               .rows = 1,
                                               .tile_width = 160,
                                               .tile_height = 90,
                                               .tile_count = 5,
                                               .interval = std::chrono::seconds(2)};
    });
  }

  void change(const std::string& id, catalogue::VideoEdit edit) {
    ASSERT_TRUE(core_->block_on(library_.update_video(id, std::move(edit))));
  }

  /// A worker has made the first `fragments` of the 360p of a queued video.
  void grow(const std::string& id, size_t fragments) {
    test::TrackFileWriter writer(test::h264_180p());
    for (size_t i = 0; i < fragments; ++i) {
      std::vector<fmp4::Sample> samples(60, {.duration = 512, .size = 40});
      samples[0].key = true;
      writer.append(samples);
    }
    const std::string path = store_.paths().track(id, "360p") + ".part";
    const auto& bytes = writer.bytes();
    store_.add_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    auto file = std::make_shared<http::OpenFile>(
        core::UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), UINT64_MAX);
    shelf_.apply(library::Growth{.video_id = id,
                                 .rendition = {.rendition = {.quality = "360p",
                                                             .index = writer.snapshot(),
                                                             .declared_peak_bps = 1'050'000,
                                                             .declared_average_bps = 700'000},
                                               .file = std::move(file)}});
  }

  Reply get(std::string_view target, std::string_view fields = {}) {
    return connect().get(target, fields);
  }
  Reply send(std::string_view method, std::string_view target, std::string_view body = {},
             std::string_view content_type = "application/json") {
    Client client = connect();
    client.send(
        fmt::format("{} {} HTTP/1.1\r\nHost: x\r\nContent-Type: {}\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    method, target, content_type, body.size(), body));
    return client.read_reply();
  }
  /// "/api/VideoStream/manifest/{the ready video}" and `rest`.
  static std::string manifest(std::string_view rest, std::string_view id = kReady) {
    return fmt::format("/api/VideoStream/manifest/{}{}", id, rest);
  }
  static std::string video(std::string_view id) {
    return fmt::format("/api/VideoStream/videos/{}", id);
  }
  std::string bytes_of(const test::TrackFile& track, uint64_t offset, uint64_t size) const {
    return {reinterpret_cast<const char*>(track.bytes.data()) + offset, size};
  }

  core::ControlThread control_;
  const test::Store store_;
  const test::TrackFile video_ = test::small_video();
  const test::TrackFile audio_ = test::small_audio();
  const std::unique_ptr<catalogue::Catalogue> catalogue_ = open_catalogue();
  library::Shelf shelf_;
  library::Library library_{control_, *catalogue_, {{core_.get(), &shelf_}}, store_.paths()};
  library::TrackLoader loader_{core_->ring(), store_.paths()};

 private:
  std::unique_ptr<catalogue::Catalogue> open_catalogue() const {
    std::filesystem::create_directories(store_.paths().root());
    return catalogue::test::must_open(store_.paths().catalogue());
  }
  void add_routes() {
    using http::endpoint;
    using http::Method;
    const std::string api = "/api/VideoStream";
    const auto get = [this](const std::string& path, http::Endpoint to) {
      router_.add(Method::kGet, path, to);
    };
    get("/", endpoint<get_page>());
    get("/watch/{id}", endpoint<get_page>());
    get("/assets/{file}", endpoint<get_asset>());
    get("/healthz", endpoint<&OperationRoutes::get_health>(operation_));
    get("/readyz", endpoint<&OperationRoutes::get_readiness>(operation_));
    get("/metrics", endpoint<&OperationRoutes::get_metrics>(operation_));
    get(api + "/videos", endpoint<&VideosRoutes::get_videos>(videos_));
    get(api + "/videos/{id}", endpoint<&VideosRoutes::get_video>(videos_));
    get(api + "/videos/{id}/events", endpoint<&VideosRoutes::get_video_events>(videos_));
    router_.add(Method::kPatch, api + "/videos/{id}",
                endpoint<&VideosRoutes::patch_video>(videos_));
    router_.add(Method::kDelete, api + "/videos/{id}",
                endpoint<&VideosRoutes::delete_video>(videos_));
    get(api + "/watch", endpoint<&WatchRoutes::get_watch>(watch_));
    const std::string one = api + "/manifest/{id}";
    get(one + ".m3u8", endpoint<&PlaybackRoutes::get_multivariant>(playback_));
    get(one + "/{quality}.m3u8", endpoint<&PlaybackRoutes::get_media_playlist>(playback_));
    get(one + "/{quality}/iframes.m3u8",
        endpoint<&PlaybackRoutes::get_i_frame_playlist>(playback_));
    get(one + "/{quality}/init.mp4", endpoint<&PlaybackRoutes::get_init_segment>(playback_));
    get(one + "/{quality}/{first:uint}-{last:uint}.m4s",
        endpoint<&PlaybackRoutes::get_segment>(playback_));
    get(one + "/{quality}/track.mp4", endpoint<&PlaybackRoutes::get_track>(playback_));
    get(one + "/storyboard.vtt", endpoint<&PlaybackRoutes::get_storyboard_map>(playback_));
    get(one + "/storyboard.jpg", endpoint<&PlaybackRoutes::get_storyboard>(playback_));
    get(one + "/poster.jpg", endpoint<&PlaybackRoutes::get_poster>(playback_));
  }

  VideosRoutes videos_{shelf_, *core_, library_};
  PlaybackRoutes playback_{shelf_, loader_, store_.paths()};
  WatchRoutes watch_{shelf_, loader_, core_->ring()};
 protected:
  Readiness readiness_{.catalogue_open = true, .listening = true};
  http::PressureGauge pressure_{core_->loop_lag()};

 private:
  OperationRoutes operation_{{.core = *core_,
                              .metrics = metrics_,
                              .readiness = readiness_,
                              .pressure = pressure_,
                              .version = "1.2.3"}};
};

}  // namespace millrace::media::api
