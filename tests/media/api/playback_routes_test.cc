#include "media/api/playback_routes.h"

#include <zlib.h>

#include "tests/media/api/api_test_bench.h"

namespace millrace::media::api {
namespace {

constexpr std::string_view kImmutable = "public, max-age=31536000, immutable";

std::string gunzip(std::string_view compressed) {
  std::string text(1 << 20, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return text;
}

class PlaybackRoutesTest : public ApiTestBench {
 protected:
  uint64_t end_of(size_t fragment) const { return video_.index[fragment].end_offset(); }
  uint64_t start_of(size_t fragment) const { return video_.index[fragment].offset; }
};

TEST_F(PlaybackRoutesTest, GiveAMultivariantPlaylistOfAReadyVideo) {
  const Reply reply = get(manifest(".m3u8"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Content-Type"), "application/vnd.apple.mpegurl");  // HT-01
  EXPECT_EQ(reply.field("Cache-Control"), "public, max-age=3600");          // HT-06
  EXPECT_TRUE(reply.body.starts_with("#EXTM3U\n")) << reply.body;
  EXPECT_NE(reply.body.find("readyready1/360p.m3u8?segment=6"), std::string::npos) << reply.body;
  EXPECT_NE(get(manifest(".m3u8?segment=4")).body.find("segment=4"), std::string::npos);
}

TEST_F(PlaybackRoutesTest, NarrowThePlaylistToWhatTheQueryAllows) {
  EXPECT_EQ(get(manifest(".m3u8?codecs=avc1,mp4a")).status, 200);
  EXPECT_EQ(get(manifest(".m3u8?codecs=av01")).status, 404);
  EXPECT_EQ(get(manifest(".m3u8?maxWidth=1&maxHeight=1&maxBitrate=1")).status, 200)
      << "where nothing fits, the smallest stays";
}

TEST_F(PlaybackRoutesTest, RefuseAQueryThatBreaksItsRules) {
  for (const char* query : {".m3u8?segment=0", ".m3u8?segment=61", ".m3u8?maxWidth=0",
                            ".m3u8?maxHeight=wide", ".m3u8?maxBitrate=-1", ".m3u8?codecs=morse",
                            "/360p.m3u8?segment=99", "/360p.m3u8?container=avi"}) {
    const Reply reply = get(manifest(query));
    EXPECT_EQ(reply.status, 400) << query;
    EXPECT_EQ(reply.field("Content-Type"), "application/problem+json");
  }
}

TEST_F(PlaybackRoutesTest, GiveAMediaPlaylistCutAsAskedFor) {
  const Reply six = get(manifest("/360p.m3u8"));
  EXPECT_EQ(six.status, 200);
  EXPECT_NE(six.body.find("#EXT-X-PLAYLIST-TYPE:VOD\n"), std::string::npos) << six.body;
  EXPECT_NE(six.body.find("360p/0-2.m4s\n"), std::string::npos);
  EXPECT_NE(six.body.find("360p/3-4.m4s\n"), std::string::npos);
  const Reply two = get(manifest("/360p.m3u8?segment=2"));
  EXPECT_NE(two.body.find("360p/4-4.m4s\n"), std::string::npos) << two.body;
  const Reply ts = get(manifest("/360p.m3u8?container=ts"));
  EXPECT_NE(ts.body.find("360p/0-2.ts\n"), std::string::npos) << ts.body;
}

TEST_F(PlaybackRoutesTest, IgnoreRangeOnPlaylists) {  // LH-08
  for (const std::string& path : {manifest(".m3u8"), manifest("/360p.m3u8")}) {
    const Reply reply = get(path, "Range: bytes=0-3\r\n");
    EXPECT_EQ(reply.status, 200) << path;
    EXPECT_TRUE(reply.field("Accept-Ranges").empty());
    EXPECT_EQ(reply.body, get(path).body);
  }
}

TEST_F(PlaybackRoutesTest, CompressPlaylists) {  // HT-07
  grow(kQueued, 60);  // Below a packet or so nothing is gained.
  const std::string path = manifest("/360p.m3u8?segment=2", kQueued);
  const Reply plain = get(path);
  const Reply small =
      get(path, "Accept-Encoding: gzip, identity;q=1, *;q=0\r\nRange: bytes=0-\r\n");
  EXPECT_EQ(small.status, 200);
  EXPECT_EQ(small.field("Content-Encoding"), "gzip");
  EXPECT_EQ(small.field("Vary"), "Accept-Encoding");
  EXPECT_EQ(gunzip(small.body), plain.body);
  EXPECT_NE(small.field("ETag"), plain.field("ETag"));
}

TEST_F(PlaybackRoutesTest, LetACopyOfAPlaylistBeChecked) {  // HT-03
  const std::string etag(get(manifest(".m3u8")).field("ETag"));
  ASSERT_FALSE(etag.empty());
  const Reply reply = get(manifest(".m3u8"), "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(reply.status, 304);
  EXPECT_EQ(reply.field("ETag"), etag);
  EXPECT_EQ(reply.field("Cache-Control"), "public, max-age=3600");
}

TEST_F(PlaybackRoutesTest, SendTheBytesOfASegment) {
  const Reply reply = get(manifest("/360p/1-3.m4s"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Content-Type"), "video/iso.segment");
  EXPECT_EQ(reply.field("Cache-Control"), kImmutable);
  EXPECT_EQ(reply.field("Accept-Ranges"), "bytes");
  EXPECT_EQ(reply.field("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(reply.body, bytes_of(video_, start_of(1), end_of(3) - start_of(1)));
}

TEST_F(PlaybackRoutesTest, SendTheInitSegmentInTheTypeOfItsMedia) {
  const Reply picture = get(manifest("/360p/init.mp4"));
  EXPECT_EQ(picture.status, 200);
  EXPECT_EQ(picture.field("Content-Type"), "video/mp4");
  EXPECT_EQ(picture.field("Cache-Control"), kImmutable);
  EXPECT_EQ(picture.body, bytes_of(video_, 0, video_.index.init_size()));
  const Reply sound = get(manifest("/audio-128k/init.mp4"));
  EXPECT_EQ(sound.field("Content-Type"), "audio/mp4");
  EXPECT_EQ(sound.body, bytes_of(audio_, 0, audio_.index.init_size()));
}

TEST_F(PlaybackRoutesTest, SendTheWholeTrack) {
  const Reply reply = get(manifest("/360p/track.mp4"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Content-Type"), "video/mp4");
  EXPECT_EQ(reply.body, bytes_of(video_, 0, video_.bytes.size()));
}

TEST_F(PlaybackRoutesTest, SendRangesOfWhatIsAFile) {  // HT-02
  const uint64_t size = end_of(0) - start_of(0);
  struct Case {
    std::string range;
    int status;
    std::string content_range;
    uint64_t first, count;
  };
  const Case cases[] = {
      {"bytes=0-9", 206, fmt::format("bytes 0-9/{}", size), 0, 10},
      {"bytes=10-", 206, fmt::format("bytes 10-{}/{}", size - 1, size), 10, size - 10},
      {"bytes=-5", 206, fmt::format("bytes {}-{}/{}", size - 5, size - 1, size), size - 5, 5},
      {"bytes=7-99999999", 206, fmt::format("bytes 7-{}/{}", size - 1, size), 7, size - 7},
      {"lines=1-2", 200, "", 0, size},
      {"bytes=9-1", 200, "", 0, size},
  };
  for (const Case& each : cases) {
    const Reply reply = get(manifest("/360p/0-0.m4s"), "Range: " + each.range + "\r\n");
    EXPECT_EQ(reply.status, each.status) << each.range;
    EXPECT_EQ(reply.field("Content-Range"), each.content_range) << each.range;
    EXPECT_EQ(reply.body, bytes_of(video_, start_of(0) + each.first, each.count)) << each.range;
  }
  const Reply beyond = get(manifest("/360p/0-0.m4s"), fmt::format("Range: bytes={}-\r\n", size));
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.field("Content-Range"), fmt::format("bytes */{}", size));
}

TEST_F(PlaybackRoutesTest, GiveEveryFileAnEtagThatHoldsForRangesToo) {  // HT-03, HT-04
  std::vector<std::string> etags;
  for (const char* rest :
       {"/360p/0-0.m4s", "/360p/1-1.m4s", "/360p/0-1.m4s", "/360p/init.mp4", "/audio-128k/init.mp4",
        "/audio-128k/0-0.m4s", "/360p/track.mp4", "/poster.jpg", "/storyboard.jpg"}) {
    const std::string etag(get(manifest(rest)).field("ETag"));
    ASSERT_TRUE(etag.starts_with('"')) << rest;
    EXPECT_EQ(std::ranges::find(etags, etag), etags.end()) << rest;
    etags.push_back(etag);
    EXPECT_EQ(get(manifest(rest), "If-None-Match: " + etag + "\r\n").status, 304) << rest;
    EXPECT_EQ(get(manifest(rest), "Range: bytes=1-2\r\nIf-Range: " + etag + "\r\n").status, 206);
    EXPECT_EQ(get(manifest(rest), "Range: bytes=1-2\r\nIf-Range: \"other\"\r\n").status, 200);
  }
}

TEST_F(PlaybackRoutesTest, DoNotKnowWhatTheVideoDoesNotHave) {
  for (const std::string& path :
       {manifest(".m3u8", kGone), manifest("/360p.m3u8", kGone), manifest("/1080p.m3u8"),
        manifest("/1080p/init.mp4"), manifest("/1080p/0-0.m4s"), manifest("/1080p/track.mp4"),
        manifest("/360p/0-5.m4s"), manifest("/360p/9999999999-9999999999.m4s"),
        manifest("/360p/x-y.m4s"), manifest("/audio-128k/iframes.m3u8"),
        manifest("/poster.jpg", kQueued), manifest("/storyboard.jpg", kQueued),
        manifest("/storyboard.vtt", kQueued), manifest("/poster.jpg", kGone)}) {
    const Reply reply = get(path);
    EXPECT_EQ(reply.status, 404) << path;
    EXPECT_EQ(reply.field("Cache-Control"), "no-store") << path;
  }
  EXPECT_EQ(get(manifest("/360p/3-1.m4s")).status, 400);
}

TEST_F(PlaybackRoutesTest, AskThePlayerToComeBackWhileNothingIsThere) {
  for (const char* rest : {".m3u8", "/360p.m3u8", "/360p/init.mp4", "/360p/0-0.m4s"}) {
    const Reply reply = get(manifest(rest, kQueued));
    EXPECT_EQ(reply.status, 503) << rest;
    EXPECT_FALSE(reply.field("Retry-After").empty());
  }
}

TEST_F(PlaybackRoutesTest, SayThatAFailedVideoCannotBePlayed) {
  change(kQueued,
         [](catalogue::VideoRecord& record) { record.state = catalogue::VideoState::kFailed; });
  EXPECT_EQ(get(manifest(".m3u8", kQueued)).status, 404);
}

TEST_F(PlaybackRoutesTest, LetAGrowingVideoBeWatched) {
  grow(kQueued, 1);
  EXPECT_EQ(get(manifest("/360p.m3u8?segment=4", kQueued)).status, 503)
      << "no whole segment is there";
  grow(kQueued, 3);
  const Reply playlist = get(manifest("/360p.m3u8?segment=2", kQueued));
  EXPECT_EQ(playlist.status, 200);
  EXPECT_EQ(playlist.field("Cache-Control"), "public, max-age=2");
  EXPECT_NE(playlist.body.find("#EXT-X-PLAYLIST-TYPE:EVENT\n"), std::string::npos) << playlist.body;
  EXPECT_EQ(playlist.body.find("#EXT-X-ENDLIST"), std::string::npos);
  EXPECT_EQ(get(manifest(".m3u8", kQueued)).status, 200);
  EXPECT_EQ(get(manifest("/360p/init.mp4", kQueued)).status, 200);
  const Reply segment = get(manifest("/360p/1-2.m4s", kQueued));
  EXPECT_EQ(segment.status, 200);
  EXPECT_EQ(segment.field("Cache-Control"), "no-cache")
      << "a job that has to start over may say it anew";
  EXPECT_EQ(get(manifest("/360p/3-3.m4s", kQueued)).status, 404) << "not made yet";
  EXPECT_EQ(get(manifest("/360p/track.mp4", kQueued)).status, 404) << "not finished yet";
  EXPECT_EQ(get(manifest("/360p/iframes.m3u8", kQueued)).status, 404);
}

TEST_F(PlaybackRoutesTest, ListTheKeyFramesOfAFinishedTrack) {  // MV-09
  const Reply reply = get(manifest("/360p/iframes.m3u8"));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Content-Type"), "application/vnd.apple.mpegurl");
  EXPECT_NE(reply.body.find("#EXT-X-I-FRAMES-ONLY\n"), std::string::npos) << reply.body;
  EXPECT_NE(reply.body.find("track.mp4\n"), std::string::npos);
}

TEST_F(PlaybackRoutesTest, ShowThePicturesOfAVideo) {
  const Reply poster = get(manifest("/poster.jpg"));
  EXPECT_EQ(poster.status, 200);
  EXPECT_EQ(poster.field("Content-Type"), "image/jpeg");
  EXPECT_EQ(poster.body, "\xFF\xD8poster\xFF\xD9");
  EXPECT_EQ(get(manifest("/storyboard.jpg")).body, "\xFF\xD8storyboard\xFF\xD9");
  const Reply map = get(manifest("/storyboard.vtt"));
  EXPECT_EQ(map.field("Content-Type"), "text/vtt; charset=utf-8");
  EXPECT_TRUE(map.body.starts_with("WEBVTT\n")) << map.body;
  EXPECT_NE(map.body.find("storyboard.jpg#xywh=640,0,160,90"), std::string::npos) << map.body;
  EXPECT_EQ(get(manifest("/poster.jpg"), "Range: bytes=0-1\r\n").status, 206);
}

TEST_F(PlaybackRoutesTest, LetPagesOfOtherOriginsPlay) {  // HT-09
  for (const char* rest : {".m3u8", "/360p/0-0.m4s", "/360p/9-9.m4s"}) {
    const Reply reply = get(manifest(rest), "Origin: https://elsewhere.example\r\n");
    EXPECT_EQ(reply.field("Access-Control-Allow-Origin"), "*") << rest;
  }
}

}  // namespace
}  // namespace millrace::media::api
