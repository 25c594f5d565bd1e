// Which heads of HTTP/2 are requests (HT-10): H2.CL, H2.TE and their kin, frame by frame.
#include "http/h2/head_fields.h"

#include <gtest/gtest.h>

#include "tests/http/h2/h2_routes.h"
#include "tests/http/h2/raw_h2_client.h"

namespace millrace::http::h2 {
namespace {

using test::frame;
using test::hpack;
using test::kEndHeaders;
using test::kEndStream;
using test::RawFields;
using test::RawH2Client;

RawFields with(RawFields fields, const std::string& name, const std::string& value) {
  fields.emplace_back(name, value);
  return fields;
}

HeadFields collected(const RawFields& fields, const Limits& limits = {}) {
  HeadFields head;
  for (const auto& [name, value] : fields) head.add(name, value, limits);
  return head;
}

int status_of(const RawFields& fields) {
  const auto head = collected(fields).take(Limits());
  return head ? 200 : head.error().status;
}

TEST(HeadFields, BecomeTheSameHeadAsThatOfHttp1) {
  auto head = collected({{":method", "GET"},
                         {":scheme", "https"},
                         {":path", "/a%20b?x=1"},
                         {":authority", "example.org:8443"},
                         {"range", " bytes=0-1 "}})
                  .take(Limits());
  ASSERT_TRUE(head);
  EXPECT_EQ(head->method, Method::kGet);
  EXPECT_EQ(head->path, "/a b");
  EXPECT_EQ(head->query.find("x"), "1");
  EXPECT_EQ(head->fields.find("Host"), "example.org:8443");
  EXPECT_EQ(head->fields.find("Range"), "bytes=0-1");
}

TEST(HeadFields, AreRefusedWhereHttp1Refuses) {
  const RawFields good = test::get_fields_of("/x");
  EXPECT_EQ(status_of(good), 200);
  EXPECT_EQ(status_of(test::get_fields_of("/../x")), 400);
  EXPECT_EQ(status_of(test::get_fields_of("/%2e%2e/x")), 400);
  EXPECT_EQ(status_of(test::get_fields_of("/a%2fb")), 400);
  EXPECT_EQ(status_of(test::get_fields_of("/a\\b")), 400);
  EXPECT_EQ(status_of(test::get_fields_of("/a#b")), 400);
  EXPECT_EQ(status_of(test::get_fields_of("*")), 400);
  EXPECT_EQ(status_of(test::get_fields_of("http://x/a")), 400);
  EXPECT_EQ(status_of(test::get_fields_of("/" + std::string(9000, 'a'))), 414);
  EXPECT_EQ(status_of(with(good, "host", "y")), 400);
  EXPECT_EQ(status_of(with(good, "host", "X")), 200);
  EXPECT_EQ(status_of(with(with(good, "host", "x"), "host", "x")), 400);
  EXPECT_EQ(status_of(with(good, "expect", "200-maybe")), 417);
  EXPECT_EQ(status_of(with(good, "content-length", "-1")), 400);
  EXPECT_EQ(status_of(with(good, "content-length", "9007199254740993")), 413);
  EXPECT_EQ(status_of({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}}), 400);
  EXPECT_EQ(
      status_of({{":method", "GET"}, {":scheme", "ftp"}, {":authority", "x"}, {":path", "/"}}),
      400);
  EXPECT_EQ(
      status_of({{":method", "GET"}, {":scheme", "http"}, {":authority", "a@b"}, {":path", "/"}}),
      400);
}

TEST(HeadFields, OverALimitAreNotKept) {
  const Limits limits;
  HeadFields many;
  for (size_t i = 0; i < 10'000; ++i) many.add("a", "b", limits);
  EXPECT_EQ(many.take(limits).error().status, 431);
  EXPECT_TRUE(many.is_absurd(limits));
}

class MalformedHeads : public test::H2Test {
 protected:
  MalformedHeads() { start(); }
  // Such a head is an error of its stream, and of nothing else (RFC 9113, 8.1.1).
  void expect_stream_error(const RawFields& fields, const std::string& why) {
    RawH2Client client(pump_, server_->port());
    client.send(frame(NGHTTP2_HEADERS, kEndStream | kEndHeaders, 1, hpack(fields)));
    EXPECT_EQ(client.wait_for_reset(1), uint32_t{NGHTTP2_PROTOCOL_ERROR}) << why;
    EXPECT_TRUE(client.works(3)) << why;
    client.socket().close();
  }
};

TEST_F(MalformedHeads, EndTheirStreamOnly) {
  const RawFields good = test::get_fields_of("/echo/x");
  for (const char* name :
       {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}) {
    expect_stream_error(with(good, name, "chunked"), name);
  }
  expect_stream_error(with(good, "te", "gzip"), "te");
  expect_stream_error(with(good, "X-Upper", "v"), "upper case");
  expect_stream_error(with(good, "a b", "v"), "space in a name");
  expect_stream_error(with(good, "a:b", "v"), "colon in a name");
  expect_stream_error(with(good, "a\r\nb", "v"), "line end in a name");
  expect_stream_error(with(good, "a", "v\r\nx: y"), "line end in a value");
  expect_stream_error(with(good, "a", std::string("v\0w", 3)), "NUL in a value");
  expect_stream_error(with(good, "", "v"), "no name");
  expect_stream_error(with(good, ":path", "/other"), "two paths, and behind the fields");
  expect_stream_error(with(good, ":unknown", "v"), "unknown pseudo field");
  expect_stream_error(with(with(good, "content-length", "1"), "content-length", "2"), "lengths");
  expect_stream_error(with(good, "content-length", "5"), "a length and no body");
  expect_stream_error({{":scheme", "http"}, {":path", "/"}}, "no method");
  expect_stream_error({{":method", "GET"}, {":scheme", "http"}}, "no path");
}

TEST_F(MalformedHeads, ABodyMustBeAsLongAsItsHeadSays) {
  for (const std::string_view body : {"1234", "123456"}) {
    RawH2Client client(pump_, server_->port());
    client.send(frame(NGHTTP2_HEADERS, kEndHeaders, 1,
                      hpack({{":method", "POST"},
                             {":scheme", "http"},
                             {":authority", "x"},
                             {":path", "/echo"},
                             {"content-length", "5"}})));
    client.send(frame(NGHTTP2_DATA, kEndStream, 1, body));
    EXPECT_EQ(client.wait_for_reset(1), uint32_t{NGHTTP2_PROTOCOL_ERROR}) << body;
    EXPECT_TRUE(client.works(3));
    client.socket().close();
  }
}

TEST_F(MalformedHeads, ADataFrameOfNoStreamEndsTheConnection) {
  RawH2Client client(pump_, server_->port());
  client.send(frame(NGHTTP2_DATA, kEndStream, 1, "x"));
  EXPECT_EQ(client.wait_for_goodbye(), uint32_t{NGHTTP2_PROTOCOL_ERROR});
}

}  // namespace
}  // namespace millrace::http::h2
