// HT-01 … HT-12 and LH-08 of the checklist, each over a real connection.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "http/mime.h"
#include "http/server.h"
#include "tests/http/loopback.h"

namespace millrace::http {
namespace {

using namespace std::chrono_literals;
using std::string_literals::operator""s;
using test::Client;
using test::Reply;

const std::string kPlaylist = "#EXTM3U\n" + std::string(2000, '#') + "\n";

struct Library {
  int visits = 0;

  RouteResult get_playlist(Request&) const {
    return Response::ok(content_type_of("a.m3u8"), kPlaylist)
        .with_content_etag()
        .with_cache_control("max-age=3600")
        .ignoring_ranges();
  }
  RouteResult get_segment(Request&) const {
    return Response::ok(content_type_of("1-2.m4s"), std::string(5000, 's'))
        .with_content_etag()
        .with_cache_control(kImmutable);
  }
  RouteResult get_gone(Request&) const {
    return core::fail(core::ErrorCode::kGone, "the video was deleted");
  }
  RouteResult get_busy(Request&) const {
    return core::fail(core::ErrorCode::kOverloaded, "too many viewers");
  }
  RouteResult get_file(Request& request) {
    ++visits;
    return Response::ok("text/plain", std::string(request.param("path")));
  }
  core::Task<RouteResult> post(Request& request) {
    ++visits;
    auto body = co_await request.read_whole_body(4096);
    if (!body) co_return std::unexpected(body.error());
    co_return Response::ok("text/plain", std::move(*body));
  }
};

class HttpDelivery : public test::LoopbackTest {
 protected:
  HttpDelivery() {
    router_.add(Method::kGet, "/a.m3u8", endpoint<&Library::get_playlist>(library_));
    router_.add(Method::kGet, "/1-2.m4s", endpoint<&Library::get_segment>(library_));
    router_.add(Method::kGet, "/gone", endpoint<&Library::get_gone>(library_));
    router_.add(Method::kGet, "/busy", endpoint<&Library::get_busy>(library_));
    router_.add(Method::kGet, "/files/{path...}", endpoint<&Library::get_file>(library_));
    router_.add(Method::kPost, "/post", endpoint<&Library::post>(library_));
    start();
  }
  Library library_;
};

TEST_F(HttpDelivery, HT_01_SaysTheTypeAndForbidsGuessing) {
  const Reply reply = connect().get("/a.m3u8");
  EXPECT_EQ(reply.field("Content-Type"), "application/vnd.apple.mpegurl");
  EXPECT_EQ(reply.field("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(connect().get("/1-2.m4s").field("Content-Type"), "video/iso.segment");
}

TEST_F(HttpDelivery, HT_02_AnswersRangesOfSegments) {
  Client client = connect();
  const Reply part = client.get("/1-2.m4s", "Range: bytes=4990-6000\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.field("Content-Range"), "bytes 4990-4999/5000");
  EXPECT_EQ(part.field("Content-Length"), "10");
  const Reply beyond = client.get("/1-2.m4s", "Range: bytes=5000-\r\n");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.field("Content-Range"), "bytes */5000");
  EXPECT_EQ(client.get("/1-2.m4s", "Range: lines=1-2\r\n").status, 200);
  EXPECT_EQ(client.get("/1-2.m4s", "Range: bytes=0-0,9-9\r\n").status, 200);
}

TEST_F(HttpDelivery, HT_03_AnswersConditions) {
  Client client = connect();
  const std::string etag(client.get("/1-2.m4s").field("ETag"));
  const Reply known = client.get("/1-2.m4s", "If-None-Match: W/" + etag + "\r\n");
  EXPECT_EQ(known.status, 304);
  EXPECT_EQ(known.field("ETag"), etag);
  EXPECT_EQ(known.field("Cache-Control"), kImmutable);
  EXPECT_NE(known.field("Date"), "");
  const std::string range = "Range: bytes=0-9\r\n";
  EXPECT_EQ(client.get("/1-2.m4s", range + "If-Range: " + etag + "\r\n").status, 206);
  EXPECT_EQ(client.get("/1-2.m4s", range + "If-Range: W/" + etag + "\r\n").status, 200);
  EXPECT_EQ(client.get("/1-2.m4s", "If-Match: \"other\"\r\n").status, 412);
}

TEST_F(HttpDelivery, HT_04_TagsContentAndCoding) {
  Client client = connect();
  const std::string plain(client.get("/a.m3u8").field("ETag"));
  const std::string packed(client.get("/a.m3u8", "Accept-Encoding: gzip\r\n").field("ETag"));
  EXPECT_EQ(plain, content_etag(kPlaylist));
  EXPECT_NE(plain, packed);
}

TEST_F(HttpDelivery, HT_05_HeadIsGetWithoutABody) {
  Client client = connect();
  client.send("HEAD /1-2.m4s HTTP/1.1\r\nHost: x\r\n\r\n");
  const Reply head = client.read_reply(Client::Of::kHead);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("Content-Length"), "5000");
  client.send("DELETE /1-2.m4s HTTP/1.1\r\nHost: x\r\n\r\n");
  const Reply refused = client.read_reply();
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.field("Allow"), "GET, HEAD, OPTIONS");
}

TEST_F(HttpDelivery, HT_07_CompressesPlaylistsAndNothingElse) {
  Client client = connect();
  const Reply packed = client.get("/a.m3u8", "Accept-Encoding: br, gzip;q=0.5\r\n");
  EXPECT_EQ(packed.field("Content-Encoding"), "gzip");
  EXPECT_EQ(packed.field("Vary"), "Accept-Encoding");
  EXPECT_LT(packed.body.size(), kPlaylist.size() / 4);
  EXPECT_EQ(client.get("/a.m3u8", "Accept-Encoding: gzip;q=0\r\n").body, kPlaylist);
  EXPECT_EQ(client.get("/1-2.m4s", "Accept-Encoding: gzip\r\n").field("Content-Encoding"), "");
}

TEST_F(HttpDelivery, HT_08_SaysWhatAClientCanDo) {
  Client client = connect();
  EXPECT_EQ(client.get("/none").status, 404);
  EXPECT_EQ(client.get("/gone").status, 410);
  const Reply busy = client.get("/busy");
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.field("Retry-After"), "1");
  EXPECT_EQ(busy.field("Content-Type"), "application/problem+json");
}

TEST_F(HttpDelivery, HT_09_LetsPlayersOfAnyPageRead) {
  Client client = connect();
  const std::string origin = "Origin: https://page.example\r\n";
  for (const std::string_view target : {"/a.m3u8", "/none", "/busy"}) {
    const Reply reply = client.get(target, origin);
    EXPECT_EQ(reply.field("Access-Control-Allow-Origin"), "*") << target;
    EXPECT_NE(reply.field("Access-Control-Expose-Headers").find("Content-Range"),
              std::string_view::npos);
    EXPECT_EQ(reply.field("Cross-Origin-Resource-Policy"), "cross-origin");
    EXPECT_EQ(reply.field("Timing-Allow-Origin"), "*");
  }
  EXPECT_EQ(client.get("/1-2.m4s", origin + "Range: bytes=9999-\r\n")
                .field("Access-Control-Allow-Origin"),
            "*");
  client.send(
      "OPTIONS /1-2.m4s HTTP/1.1\r\nHost: x\r\n" + origin +
      "Access-Control-Request-Method: GET\r\nAccess-Control-Request-Headers: range\r\n\r\n");
  const Reply preflight = client.read_reply();
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.field("Access-Control-Max-Age"), "7200");
  EXPECT_NE(preflight.field("Access-Control-Allow-Headers").find("Range"), std::string_view::npos);
}

// What a proxy in front may read otherwise than we do. Whatever it is, one refusal comes back, the
// connection closes, and the request hidden in it is never served.
TEST_F(HttpDelivery, HT_10_ServesNoSmuggledRequest) {
  const std::string hidden = "GET /files/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string post = "POST /post HTTP/1.1\r\nHost: x\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::vector<std::string> corpus = {
      // CL.TE and TE.CL
      post + "Content-Length: 4\r\n" + chunked + "\r\n0\r\n\r\n" + hidden,
      post + chunked + "Content-Length: 4\r\n\r\n0\r\n\r\n" + hidden,
      post + "Content-Length: 0\r\nContent-Length: 50\r\n\r\n" + hidden,
      post + "Content-Length: 0, 50\r\n\r\n" + hidden,
      post + "Content-Length: 50\r\nContent-Length : 0\r\n\r\n" + hidden,
      post + "Content-Length: 0x00\r\n\r\n" + hidden,
      post + "Content-Length: +0\r\n\r\n" + hidden,
      post + "Content-Length: 0\x0b\r\n\r\n" + hidden,
      // TE.TE
      post + chunked + "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n" + hidden,
      post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
      post + "Transfer-Encoding: chunked, x\r\n\r\n0\r\n\r\n" + hidden,
      post + "Transfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n" + hidden,
      post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + hidden,
      post + " Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
      post + "X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
      post + "X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
      post + "X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
      post +
          "Transfer-Encoding:\x0b"
          "chunked\r\n\r\n0\r\n\r\n" +
          hidden,
      post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" + hidden,
      post + "Transfer-Encoding: chunked\0\r\n\r\n0\r\n\r\n"s + hidden,
      post + "Transfer\0-Encoding: chunked\r\n\r\n0\r\n\r\n"s + hidden,
      "POST /post HTTP/1.0\r\nHost: x\r\n" + chunked + "\r\n0\r\n\r\n" + hidden,
      // Request lines, hosts, line ends
      "GET /files/a HTTP/1.1\nHost: x\r\n\r\n" + hidden,
      "GET /files/a\r\nHost: x\r\n\r\n" + hidden,
      "GET /files/a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n" + hidden,
      "GET /files/a HTTP/1.1\r\nX: y\r\n\r\n" + hidden,
      "GET http://y/files/a HTTP/1.1\r\nHost: x\r\n\r\n" + hidden,
      "GET /files/a HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n"s + hidden,
      "GET /files/a HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n" + hidden,
      "\r\n\r\n" + hidden,
  };
  for (size_t i = 0; i < corpus.size(); ++i) {
    Client client = connect();
    client.send(corpus[i]);
    const std::string all = client.read_to_end();
    ASSERT_GE(all.size(), 12U) << "case " << i;
    const std::string status = all.substr(9, 3);
    EXPECT_TRUE(status == "400" || status == "501") << "case " << i << ": " << status;
    EXPECT_EQ(all.find("HTTP/1.1", 1), std::string::npos) << "case " << i << ": a second answer";
  }
  EXPECT_EQ(library_.visits, 0);
}

TEST_F(HttpDelivery, HT_10_ClosesOverABodyWhoseFramingBreaks) {
  const std::string post = "POST /post HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string hidden = "GET /files/smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::vector<std::string> corpus = {
      "1\r\nab\r\n0\r\n\r\n",
      "1\nb\r\n0\r\n\r\n",
      "1 \r\nb\r\n0\r\n\r\n",
      "-1\r\n\r\n",
      "0\r\nX : y\r\n\r\n",
      "0\r\nX: a\r\n b\r\n\r\n",
      "0\n\n",
      "G\r\n\r\n",
      "1;" + std::string(5000, 'e') + "\r\na\r\n0\r\n\r\n",
      "0\r\nX: " + std::string(5000, 't') + "\r\n\r\n",
  };
  for (const std::string& body : corpus) {
    Client client = connect();
    client.send(post + body + hidden);
    const std::string all = client.read_to_end();
    EXPECT_TRUE(all.starts_with("HTTP/1.1 4")) << body.substr(0, 40);
    EXPECT_EQ(all.find("HTTP/1.1", 1), std::string::npos) << body.substr(0, 40);
  }
}

TEST_F(HttpDelivery, HT_11_LimitsWhatAClientMaySend) {
  const std::string end = " HTTP/1.1\r\nHost: x\r\n";
  const auto status = [this](const std::string& request) {
    Client client = connect();
    client.send(request);
    return client.read_reply().status;
  };
  EXPECT_EQ(status("GET /files/" + std::string(9000, 'a') + end + "\r\n"), 414);
  EXPECT_EQ(status("GET /files/a" + end + "X: " + std::string(17000, 'a') + "\r\n\r\n"), 431);
  std::string many;
  for (int i = 0; i < 101; ++i) many += "X: y\r\n";
  EXPECT_EQ(status("GET /files/a" + end + many + "\r\n"), 431);
  EXPECT_EQ(status("POST /post" + end + "Content-Length: 5000\r\n\r\n"), 413);
}

TEST_F(HttpDelivery, HT_12_LetsNoPathLeaveItsFolder) {
  Client good = connect();
  EXPECT_EQ(good.get("/files/a%20b/C%2Bd").body, "a b/C+d");
  const int before = library_.visits;
  for (const std::string_view path :
       {"/files/../a", "/files/%2e%2e/a", "/files/.%2e/a", "/files/a%2fb", "/files/a%5cb",
        "/files/a\\b", "/files/a%00", "/files/%0d%0aX:y", "/files/%", "/files/%c0%ae%c0%ae/a",
        "/files/%252e%252e%2fa", "/../../etc/passwd"}) {
    EXPECT_EQ(connect().get(path).status, 400) << path;
  }
  EXPECT_EQ(library_.visits, before);
}

TEST_F(HttpDelivery, LH_08_IgnoresRangesOfPlaylists) {
  const Reply reply =
      connect().get("/a.m3u8", "Range: bytes=0-\r\nAccept-Encoding: gzip, identity;q=1, *;q=0\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.field("Content-Range"), "");
  EXPECT_EQ(reply.field("Content-Encoding"), "gzip");
}

}  // namespace
}  // namespace millrace::http
