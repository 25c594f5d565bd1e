// What a request costs before and after its route, without a socket.
#include <benchmark/benchmark.h>

#include <string>

#include "core/assert.h"
#include "http/gzip.h"
#include "http/http1_head.h"
#include "http/http1_response.h"
#include "http/ranges.h"
#include "http/router.h"

namespace millrace::http {
namespace {

// What Chromium sends for a segment, by hls.js.
const std::string kSegmentRequest =
    "GET /api/VideoStream/manifest/dQw4w9WgXcQ/720p/12-14.m4s HTTP/1.1\r\n"
    "Host: 127.0.0.1:8080\r\n"
    "Connection: keep-alive\r\n"
    "sec-ch-ua-platform: \"Linux\"\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/156.0.0.0 Safari/537.36\r\n"
    "Accept: */*\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: cors\r\n"
    "Sec-Fetch-Dest: empty\r\n"
    "Referer: http://127.0.0.1:8080/watch/dQw4w9WgXcQ\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-US,en;q=0.9\r\n\r\n";

void parse_head(benchmark::State& state) {
  const Limits limits;
  const auto once = parse_http1_head(kSegmentRequest, limits);
  MR_ASSERT(once && once->request.path.ends_with("12-14.m4s") &&
            once->request.fields.count() == 11);
  for (auto _ : state) benchmark::DoNotOptimize(parse_http1_head(kSegmentRequest, limits));
  state.SetBytesProcessed(static_cast<int64_t>(kSegmentRequest.size()) * state.iterations());
}
BENCHMARK(parse_head);

RouteResult get_nothing(Request&) { return Response::no_content(); }

void match_route(benchmark::State& state) {
  Router router;
  for (const std::string_view pattern :
       {"/", "/healthz", "/metrics", "/watch/{id}", "/assets/{path...}", "/api/VideoStream/watch",
        "/api/VideoStream/videos", "/api/VideoStream/videos/{id}",
        "/api/VideoStream/videos/{id}/events", "/api/VideoStream/upload",
        "/api/VideoStream/upload/{upload}", "/api/VideoStream/manifest/{id}.m3u8",
        "/api/VideoStream/manifest/{id}/{quality}.m3u8",
        "/api/VideoStream/manifest/{id}/{quality}/init.mp4",
        "/api/VideoStream/manifest/{id}/{quality}/track.mp4",
        "/api/VideoStream/manifest/{id}/{quality}/iframes.m3u8",
        "/api/VideoStream/manifest/{id}/{quality}/{first:uint}-{last:uint}.m4s",
        "/api/VideoStream/manifest/{id}/{quality}/{first:uint}-{last:uint}.ts"}) {
    router.add(Method::kGet, pattern, endpoint<&get_nothing>());
  }
  const std::string path = "/api/VideoStream/manifest/dQw4w9WgXcQ/720p/12-14.m4s";
  MR_ASSERT(router.match(path)->params.size() == 4);
  for (auto _ : state) benchmark::DoNotOptimize(router.match(path));
}
BENCHMARK(match_route);

void choose_range(benchmark::State& state) {
  const std::string field = "bytes=1048576-2097151";
  MR_ASSERT((select_range(field, 1 << 30) == RangeSelection(ByteRange{1 << 20, 1 << 20})));
  for (auto _ : state) benchmark::DoNotOptimize(select_range(field, 1 << 30));
}
BENCHMARK(choose_range);

void write_head(benchmark::State& state) {
  Outgoing outgoing;
  outgoing.headers.set("Content-Type", "video/iso.segment");
  outgoing.headers.set("Cache-Control", kImmutable);
  outgoing.headers.set("ETag", "\"0123456789abcdef0123456789abcdef\"");
  outgoing.headers.set("Accept-Ranges", "bytes");
  outgoing.headers.set("X-Content-Type-Options", "nosniff");
  allow_cross_origin(outgoing.headers, {}, "");
  outgoing.content_length = 1'234'567;
  std::string head;
  for (auto _ : state) {
    head.clear();
    append_http1_head(head, outgoing, {}, "Sun, 06 Nov 1994 08:49:37 GMT");
    benchmark::DoNotOptimize(head);
  }
  MR_ASSERT(head.ends_with("Content-Length: 1234567\r\n\r\n"));
}
BENCHMARK(write_head);

void gzip_playlist(benchmark::State& state) {
  std::string text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:6\n";
  for (int64_t i = 0; i < state.range(0); ++i) {
    text += "#EXTINF:6.00000,\n720p/" + std::to_string(3 * i) + "-" + std::to_string(3 * i + 2) +
            ".m4s\n";
  }
  const auto once = gzip(text);
  MR_ASSERT(once && once->size() < text.size() / 3 && once->starts_with("\x1f\x8b"));
  for (auto _ : state) benchmark::DoNotOptimize(gzip(text));
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
}
BENCHMARK(gzip_playlist)->Arg(20)->Arg(1200);

}  // namespace
}  // namespace millrace::http
