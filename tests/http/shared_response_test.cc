#include "http/shared_response.h"

#include <gtest/gtest.h>

#include <set>

#include "http/outgoing.h"
#include "tests/http/sample_request.h"

namespace millrace::http {
namespace {

using test::SampleRequest;

const std::string kText = "#EXTM3U\n" + std::string(2000, '#');

std::shared_ptr<SharedResponse> playlist() {
  auto text = std::make_shared<const std::string>(kText);
  return std::make_shared<SharedResponse>(
      Response::ok("application/vnd.apple.mpegurl", SharedBytes{.identity = text, .gzip = nullptr})
          .with_content_etag()
          .with_cache_control("max-age=2"));
}

const std::string& text_of(const Outgoing& outgoing) {
  if (const auto* text = std::get_if<std::string>(&outgoing.body)) return *text;
  return *std::get<SharedBytes>(outgoing.body).identity;
}

std::shared_ptr<SharedResponse> film() {
  auto file = std::make_shared<const OpenFile>(core::UniqueFd(), 1000);
  return std::make_shared<SharedResponse>(
      Response::ok("video/mp4", FileSlices{.head = {}, .slices = {{file, 0, 1000}}})
          .with_etag("\"film\""));
}

// Order and case mean nothing.
std::multiset<std::string> lines_of(const Outgoing& outgoing) {
  std::multiset<std::string> lines;
  Headers all = outgoing.headers;
  if (outgoing.shared_headers != nullptr) all.add_all(*outgoing.shared_headers);
  all.lower_names();
  for (const Headers::Field& field : all) {
    lines.insert(std::string(field.name) + ": " + std::string(field.value));
  }
  return lines;
}

TEST(SharedResponse, IsWhatItsResponseWouldBeForEveryRequest) {
  const auto shared = playlist();
  const CorsPolicy cors;
  for (const test::FieldList& fields :
       {test::FieldList{}, test::FieldList{{"Accept-Encoding", "gzip"}},
        test::FieldList{{"If-None-Match", "*"}}, test::FieldList{{"Range", "bytes=0-9"}}}) {
    for (const Method method : {Method::kGet, Method::kHead}) {
      SampleRequest request(method, "/a.m3u8", fields);
      const Outgoing expected = make_outgoing(request.get(), shared->copy(), cors);
      for (int i = 0; i < 2; ++i) {
        const Outgoing out = make_outgoing(request.get(), Response::of(shared), cors);
        EXPECT_EQ(out.status, expected.status);
        EXPECT_EQ(lines_of(out), lines_of(expected));
        EXPECT_EQ(out.content_length, expected.content_length);
        ASSERT_EQ(size_of(out.body), size_of(expected.body));
        if (size_of(out.body).value_or(0) > 0) EXPECT_EQ(text_of(out), text_of(expected));
      }
    }
  }
}

TEST(SharedResponse, MakesItsFieldsOnceForEachCoding) {
  const auto shared = playlist();
  SampleRequest plain(Method::kGet, "/a.m3u8");
  SampleRequest zipped(Method::kGet, "/a.m3u8", {{"Accept-Encoding", "gzip"}});
  const Outgoing first = make_outgoing(plain.get(), Response::of(shared), {});
  const Outgoing second = make_outgoing(plain.get(), Response::of(shared), {});
  const Outgoing third = make_outgoing(zipped.get(), Response::of(shared), {});
  EXPECT_EQ(first.shared_headers, second.shared_headers);
  EXPECT_NE(first.shared_headers, third.shared_headers);
  EXPECT_EQ(third.field("Content-Encoding"), "gzip");
}

TEST(SharedResponse, IsCutLikeItsResponse) {  // HT-02
  const auto shared = film();
  SampleRequest whole(Method::kGet, "/a.mp4");
  static_cast<void>(make_outgoing(whole.get(), Response::of(shared), {}));
  for (const std::string range : {"bytes=0-9", "bytes=990-", "bytes=-5", "bytes=2000-", "x"}) {
    SampleRequest request(Method::kGet, "/a.mp4", {{"Range", range}});
    const Outgoing expected = make_outgoing(request.get(), shared->copy(), {});
    const Outgoing out = make_outgoing(request.get(), Response::of(shared), {});
    EXPECT_EQ(out.status, expected.status) << range;
    EXPECT_EQ(lines_of(out), lines_of(expected)) << range;
    EXPECT_EQ(out.content_length, expected.content_length) << range;
    EXPECT_EQ(size_of(out.body), size_of(expected.body)) << range;
  }
}

TEST(SharedResponse, MakesItsFieldsOnceAlsoWhereOnlyPartsAreAskedFor) {
  const auto shared = film();
  SampleRequest request(Method::kGet, "/a.mp4", {{"Range", "bytes=0-9"}});
  const Outgoing expected = make_outgoing(request.get(), shared->copy(), {});
  const Outgoing first = make_outgoing(request.get(), Response::of(shared), {});
  const Outgoing second = make_outgoing(request.get(), Response::of(shared), {});
  EXPECT_EQ(lines_of(first), lines_of(expected));
  EXPECT_NE(first.shared_headers, nullptr);
  EXPECT_EQ(first.shared_headers, second.shared_headers);
}

TEST(SharedResponse, NamesTheOriginWhereOnlySomeMayRead) {
  const auto shared = playlist();
  SampleRequest request(Method::kGet, "/a.m3u8", {{"Origin", "https://a.example"}});
  static_cast<void>(make_outgoing(request.get(), Response::of(shared), {}));
  const Outgoing out =
      make_outgoing(request.get(), Response::of(shared), {.origins = {"https://a.example"}});
  EXPECT_EQ(out.field("Access-Control-Allow-Origin"), "https://a.example");
}

}  // namespace
}  // namespace millrace::http
