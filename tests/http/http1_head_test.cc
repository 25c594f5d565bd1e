#include "http/http1_head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace millrace::http {
namespace {

using std::string_literals::operator""s;

constexpr Limits kLimits{};

std::expected<Http1Head, Refusal> parse(std::string head) {
  return parse_http1_head(std::move(head), kLimits);
}

// 200 when the head is accepted.
int status_of_parsing(std::string head) {
  const auto parsed = parse(std::move(head));
  return parsed ? 200 : parsed.error().status;
}

TEST(Http1Head, TellsWhatThePlayerAsked) {
  const auto head = parse(
      "GET /api/VideoStream/watch?v=a%20b&itag=22 HTTP/1.1\r\nHost: example.com:8080\r\n"
      "Range: \t bytes=0-99 \t\r\nACCEPT: */*\r\nX-Empty:\r\nCookie: a=b; c=\xff\r\n\r\n");
  ASSERT_TRUE(head) << head.error().why;
  EXPECT_EQ(head->request.method, Method::kGet);
  EXPECT_EQ(head->request.path, "/api/VideoStream/watch");
  EXPECT_EQ(head->request.query.find("v"), "a b");
  EXPECT_EQ(head->request.fields.find("host"), "example.com:8080");
  EXPECT_EQ(head->request.fields.find("range"), "bytes=0-99");
  EXPECT_EQ(head->request.fields.find("X-Empty"), "");
  EXPECT_EQ(head->request.fields.find("cookie"), "a=b; c=\xff");
  EXPECT_EQ(head->request.fields.count(), 5U);
  EXPECT_EQ(head->request.content_length, std::nullopt);
  EXPECT_TRUE(head->keeps_alive);
  EXPECT_FALSE(head->is_chunked);
}

TEST(Http1Head, KnowsHowTheBodyIsFramed) {
  const auto sized = parse("PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\n");
  ASSERT_TRUE(sized);
  EXPECT_EQ(sized->request.content_length, 12U);
  const auto chunked = parse(
      "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\nExpect: 100-Continue\r\n\r\n");
  ASSERT_TRUE(chunked);
  EXPECT_TRUE(chunked->is_chunked);
  EXPECT_TRUE(chunked->expects_continue);
  EXPECT_EQ(chunked->request.content_length, std::nullopt);
}

TEST(Http1Head, KnowsWhetherTheConnectionGoesOn) {
  const auto keeps = [](std::string_view version, std::string_view fields) {
    return parse("GET / HTTP/" + std::string(version) + "\r\nHost: x\r\n" + std::string(fields) +
                 "\r\n")
        .value()
        .keeps_alive;
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_FALSE(keeps("1.1", "Connection: x, Close\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: x\r\nConnection: close\r\n"));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_TRUE(keeps("1.0", "Connection: keep-alive\r\n"));
  EXPECT_FALSE(keeps("1.0", "Connection: keep-alive, close\r\n"));
}

TEST(Http1Head, TreatsAnUpgradeAsAnOrdinaryRequest) {
  EXPECT_EQ(status_of_parsing("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                              "Upgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n"),
            200);
}

TEST(Http1Head, AcceptsTheAbsoluteFormOnlyWithTheSameHost) {  // HT-10
  EXPECT_EQ(parse("GET http://a.example/x?y HTTP/1.1\r\nHost: A.example\r\n\r\n")->request.path,
            "/x");
  EXPECT_EQ(status_of_parsing("GET http://a.example/x HTTP/1.1\r\nHost: b.example\r\n\r\n"), 400);
  EXPECT_EQ(parse("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n")->request.path, "*");
  EXPECT_EQ(status_of_parsing("GET * HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
}

// Each was accepted by some build or layer of a parser in use (DEPS P1), or has split requests
// between a proxy and its origin.
TEST(Http1Head, RefusesTheProbesThatOtherParsersLetThrough) {  // HT-10
  struct Probe {
    int status;
    std::string head;
  };
  const std::string host = "Host: x\r\n";
  const std::vector<Probe> probes = {
      {400, "GET / HTTP/1.1\r\nHost: x\r\nX: \rTransfer-Encoding: chunked\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost : x\r\n\r\n"},
      {400, "GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET /x\nHost: x\r\n\r\n"},
      {400, "GET /x\r\nHost: x\r\n\r\n"},
      {400, "GET / HTTP/1.1\nHost: x\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: x\r\nX: a\r\n\tb\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\n Host: x\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nX: y\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a/../b\r\n\r\n"},
      {501, "SOURCE / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "SOURCE / ICE/1.0\r\nHost: x\r\n\r\n"},
      {400, "DESCRIBE / RTSP/1.0\r\nHost: x\r\n\r\n"},
      {400, "GET / RTSP/1.0\r\nHost: x\r\n\r\n"},
      {501, "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {501, "CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\n\r\n"},
      {501, "get / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {505, "GET / HTTP/2.0\r\nHost: x\r\n\r\n"},
      {505, "GET / HTTP/1.2\r\nHost: x\r\n\r\n"},
      {505, "GET / HTTP/0.9\r\nHost: x\r\n\r\n"},
      {400, "\r\rGET / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET / HTTP/1.1 \r\nHost: x\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n"s},
      {400, "GET / HTTP/1.1\r\nHost: x\r\nX\0: a\r\n\r\n"s},
      {400, "GET / HTTP/1.1\r\nHost: x\r\n: a\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: x\r\nX\r\n\r\n"},
      {400, "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n"s},
      {400, "GET /%2e%2e/x HTTP/1.1\r\nHost: x\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: x\r\nX: a\x0b\r\n\r\n"},
  };
  for (size_t i = 0; i < probes.size(); ++i) {
    EXPECT_EQ(status_of_parsing(probes[i].head), probes[i].status) << "probe " << i << "\n"
                                                                   << probes[i].head;
  }
}

TEST(Http1Head, RefusesBodiesWhoseEndIsInDoubt) {  // HT-10
  struct Probe {
    int status;
    std::string fields;
  };
  const std::vector<Probe> probes = {
      {400, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"},
      {400, "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"},
      {400, "Content-Length: 5\r\nContent-Length: 6\r\n"},
      {400, "Content-Length: 5\r\nContent-Length: 5\r\n"},
      {400, "Content-Length: 5, 5\r\n"},
      {400, "Content-Length: +5\r\n"},
      {400, "Content-Length: -5\r\n"},
      {400, "Content-Length: 0x5\r\n"},
      {400, "Content-Length: 5 5\r\n"},
      {400, "Content-Length:\r\n"},
      {400, "Content-Length: 99999999999999999999\r\n"},
      {413, "Content-Length: 9007199254740992\r\n"},
      {400, "Transfer-Encoding: identity\r\n"},
      {400, "Transfer-Encoding: chunked, identity\r\n"},
      {400, "Transfer-Encoding: chunked, chunked\r\n"},
      {400, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"},
      {400, "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"},
      {501, "Transfer-Encoding: gzip, chunked\r\n"},
      {400, "Transfer-Encoding: xchunked\r\n"},
      {400, "Transfer-Encoding: \"chunked\"\r\n"},
      {400, "Transfer-Encoding : chunked\r\n"},
      {400,
       "Transfer-Encoding: \x0b"
       "chunked\r\n"},
      {400, "Transfer-Encoding:\r\n"},
  };
  for (const Probe& probe : probes) {
    EXPECT_EQ(status_of_parsing("POST / HTTP/1.1\r\nHost: x\r\n" + probe.fields + "\r\n"),
              probe.status)
        << probe.fields;
  }
  EXPECT_EQ(status_of_parsing("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
}

TEST(Http1Head, HasLimits) {  // HT-11
  const std::string start = " HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(
      status_of_parsing("GET /" + std::string(kLimits.target_bytes_max - 1, 'a') + start + "\r\n"),
      200);
  EXPECT_EQ(
      status_of_parsing("GET /" + std::string(kLimits.target_bytes_max, 'a') + start + "\r\n"),
      414);
  std::string fields;
  for (size_t i = 1; i < kLimits.field_count_max; ++i) fields += "X: y\r\n";
  EXPECT_EQ(status_of_parsing("GET /" + start + fields + "\r\n"), 200);
  EXPECT_EQ(status_of_parsing("GET /" + start + fields + "X: y\r\n\r\n"), 431);
  EXPECT_EQ(status_of_parsing("GET /" + start + "X: " + std::string(kLimits.head_bytes_max, 'y') +
                              "\r\n\r\n"),
            431);
  EXPECT_EQ(status_of_parsing("GET /" + start + "Expect: tea\r\n\r\n"), 417);
}

TEST(FindHeadEnd, SeesAnEndThatCameInPieces) {
  const std::string text = "GET / HTTP/1.1\r\n\r\nrest";
  const size_t end = text.size() - 4;
  for (size_t scanned = 0; scanned < end; ++scanned) {
    EXPECT_EQ(find_head_end(text, scanned), end) << scanned;
    EXPECT_EQ(find_head_end(std::string_view(text).substr(0, scanned), 0), 0U);
  }
}

}  // namespace
}  // namespace millrace::http
