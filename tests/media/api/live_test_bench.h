// Live streams behind a real server, on one core with simulated time.
#pragma once

#include <string>

#include "media/api/live_routes.h"
#include "media/hls/media_playlist_text.h"
#include "tests/http/loopback.h"
#include "tests/media/live/synthetic_publisher.h"

namespace millrace::media::test {

class LiveTest : public http::test::LoopbackTest {
 protected:
  LiveTest() {
    using api::LiveRoutes;
    using http::Method;
    const std::string root = "/api/VideoStream/live/";
    router_.add(Method::kGet, root + "{stream}.m3u8",
                http::endpoint<&LiveRoutes::get_multivariant>(routes_));
    router_.add(Method::kGet, root + "{stream}/{quality}.m3u8",
                http::endpoint<&LiveRoutes::get_media_playlist>(routes_));
    router_.add(Method::kGet, root + "{stream}/{quality}/{init:uint}.mp4",
                http::endpoint<&LiveRoutes::get_init_segment>(routes_));
    router_.add(Method::kGet, root + "{stream}/{quality}/{msn:uint}.m4s",
                http::endpoint<&LiveRoutes::get_segment>(routes_));
    router_.add(Method::kGet, root + "{stream}/{quality}/p{part:uint}.m4s",
                http::endpoint<&LiveRoutes::get_part>(routes_));
    router_.add(Method::kGet, root + "{stream}/chunk",
                http::endpoint<&LiveRoutes::get_chunk>(routes_));
  }
  // After the server, whose requests may wait on the shelf.
  void TearDown() override {
    LoopbackTest::TearDown();
    stream_.reset();
    pump_.settle();
  }

  void SetUp() override {
    start();
    open_stream({});
  }
  void open_stream(live::SequenceFloors floors) {
    publisher_.reset();
    stream_.reset();
    stream_ = std::make_unique<live::LiveStream>(
        *core_,
        live::LiveStream::Options{
            .name = "cam1", .timings = SyntheticPublisher::kTimings, .floors = floors},
        store_, std::vector<live::StatePoster::Place>{{core_.get(), &shelf_}});
    publisher_ = std::make_unique<SyntheticPublisher>(*stream_);
  }

  static std::string address(std::string_view rest) {
    return "/api/VideoStream/live/cam1" + std::string(rest);
  }
  hls::MediaPlaylistText playlist(std::string_view quality, std::string_view query = {}) {
    auto client = connect();
    const auto reply =
        client.get(address("/" + std::string(quality) + ".m3u8" + std::string(query)));
    EXPECT_EQ(reply.status, 200);
    auto read = hls::parse_media_playlist(reply.body);
    EXPECT_TRUE(read) << read.error().line << ": " << read.error().what << "\n" << reply.body;
    return read ? std::move(*read) : hls::MediaPlaylistText();
  }
  /// Sends a request that is expected to wait.
  http::test::Client ask(std::string_view rest) {
    auto client = connect();
    client.send("GET " + address(rest) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    pump_.settle();
    return client;
  }
  static bool has_answer(http::test::Client& client) { return !client.take_now().empty(); }

  core::PageSource pages_ = std::move(*core::PageSource::probe({}));

  live::PartStore store_{pages_, uint64_t{64} << 20};
  live::LiveShelf shelf_{*core_};
  api::LiveRoutes routes_{shelf_};
  std::unique_ptr<live::LiveStream> stream_;
  std::unique_ptr<SyntheticPublisher> publisher_;
};

}  // namespace millrace::media::test
